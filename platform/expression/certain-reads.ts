/** A node of JSONata's syntax tree, as far as it is looked at. */
interface Node {
  readonly type?: string
  readonly value?: unknown
  readonly steps?: readonly Node[]
  readonly stages?: readonly unknown[]
  readonly [part: string]: unknown
}

/**
 * The properties of its input that an expression reads for certain, as the first two names of each path: `steps.a.b` reads
 * `['steps', 'a']`. What stands where JSONata looks at something else than the input (in a predicate, after a dot, in a
 * function's body) is left out.
 *
 * @param ast of `jsonata(expression).ast()`
 */
export function certainReads(ast: unknown): [string, string][] {
  const reads: [string, string][] = []
  const pending: unknown[] = [ast]
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (Array.isArray(node)) pending.push(...node)
    else if (isNode(node)) pending.push(...(node.type === 'path' ? readPath(node.steps ?? [], reads) : partsOf(node)))
  }
  return reads
}

/** @returns what of a path is evaluated over the input itself: its first step, if that is more than a name */
function readPath(steps: readonly Node[], reads: [string, string][]): readonly Node[] {
  const [first, ...rest] = steps
  // `$$` is the input, wherever it stands.
  const isRoot = first?.type === 'variable' && first.value === '$'
  const [outer, inner] = isRoot ? rest : steps
  if (isName(outer) && isName(inner) && outer.stages === undefined) reads.push([outer.value, inner.value])
  return first === undefined || first.type === 'name' || first.type === 'variable' ? [] : [{ ...first, stages: [] }]
}

/** The parts of a node that are evaluated over the same input as the node itself. */
function partsOf(node: Node): unknown[] {
  if (node.type === 'lambda' || node.type === 'transform') return []
  return ['lhs', 'rhs', 'expression', 'expressions', 'condition', 'then', 'else', 'arguments', 'procedure'].map(
    (part) => node[part] ?? [],
  )
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null
const isName = (node: Node | undefined): node is Node & { readonly value: string } =>
  node?.type === 'name' && typeof node.value === 'string'
