import { type Import, isTest } from './source-files.ts'

/** A room's rule in words, and which files of other rooms it lets in. */
interface RoomRule {
  readonly room: RegExp
  readonly says: string
  readonly allows: (target: string) => boolean
}

const anything = () => true
const within =
  (...prefixes: string[]) =>
  (target: string) =>
    prefixes.some((prefix) => target.startsWith(prefix))

const rooms: readonly RoomRule[] = [
  { room: /^contracts\//, says: 'contracts import nothing of ours', allows: () => false },
  {
    room: /^platform\//,
    says: 'platform imports contracts’ event definition and the audit event, nothing else of ours',
    allows: (target) => ['contracts/define-event.ts', 'contracts/audit-recorded.event.ts'].includes(target),
  },
  {
    room: /^subgraphs\/[^/]+\//,
    says: 'a subgraph imports contracts, platform and itself, never another subgraph',
    allows: within('contracts/', 'platform/'),
  },
  {
    room: /^gateway\//,
    says: 'the gateway imports platform without db/, outbox/ and jobs/: it has no database and knows no noun',
    allows: (target) => within('platform/')(target) && !/^platform\/(db|outbox|jobs)\//.test(target),
  },
  {
    room: /^worker\//,
    says: 'the worker imports platform, contracts, and of a subgraph its orm.ts and jobs.ts',
    allows: (target) => within('platform/', 'contracts/')(target) || /^subgraphs\/[^/]+\/(orm|jobs)\.ts$/.test(target),
  },
  { room: /^(scripts|tests|bench)\//, says: 'scripts, tests and benches import anything', allows: anything },
  { room: /^[^/]+$/, says: 'the root holds configuration only', allows: () => false },
]

/** Of the parts of a slice, those at the bottom, and those above that they must not know. */
const bottom = /\.(entity|errors|limits|status|job|event)\.ts$/
const above = /\.(resolver|queries|reference|route|graphql|permissions|filter)\.ts$/

/** The rule that an import breaks, in words; undefined when it breaks none. */
export function brokenRule({ file, specifier, target }: Import): string | undefined {
  if (target === undefined) return undefined
  const own = rooms.find(({ room }) => room.test(file))
  if (own === undefined) return 'every file stands in one of the rooms'
  if (own.room.exec(file)?.[0] !== own.room.exec(target)?.[0]) {
    // Tests beside the code are of the room `tests`.
    if (!isTest(file) && !own.allows(target)) return own.says
    if (specifier.startsWith('.') && within('platform/', 'contracts/')(target))
      return 'across rooms through #platform/… and #contracts/…, so that the room shows in the line'
  } else if (specifier.startsWith('#')) return 'within a room imports are relative'
  if (/\.test\.tsx?$/.test(target)) return 'nothing imports a test'
  if (isTest(file)) return undefined
  const parts = [file, target].map((path) => /\.(graphql|entity)\.ts$/.exec(path)?.[1])
  if (parts[0] !== undefined && parts[1] !== undefined && parts[0] !== parts[1])
    return '*.graphql.ts and *.entity.ts never import each other: they meet in the resolver'
  if (bottom.test(file) && above.test(target)) return 'inside a slice imports go downwards only'
  return undefined
}

/** A circle of files that import each other when the program runs, if there is one. */
export function findCircle(imports: readonly Import[]): readonly string[] | undefined {
  const next = Map.groupBy(
    imports.filter((each) => !each.typeOnly && each.target !== undefined),
    (each) => each.file,
  )
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const each of next.get(file) ?? []) {
      const circle = visit(each.target ?? '', [...path, file])
      if (circle !== undefined) return circle
    }
    done.add(file)
    return undefined
  }
  for (const file of next.keys()) {
    const circle = visit(file, [])
    if (circle !== undefined) return circle
  }
  return undefined
}

/** Every file that runs with `entry`. */
export function reachedFrom(entry: string, imports: readonly Import[]): Set<string> {
  const next = Map.groupBy(
    imports.filter((each) => !each.typeOnly),
    (each) => each.file,
  )
  const reached = new Set<string>()
  const queue = [entry]
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (reached.has(file)) continue
    reached.add(file)
    for (const { target, specifier } of next.get(file) ?? []) queue.push(target ?? specifier)
  }
  return reached
}
