import { LinearRegExp } from './linear-regexp.ts'
import {
  definingKeywords,
  plainKeywords,
  schemaKeywords,
  schemaListKeywords,
  schemaMapKeywords,
} from './schema-keywords.ts'

/** What is wrong, and where: names and positions from the outside in. */
export interface SchemaFault {
  readonly path: readonly (string | number)[]
  readonly message: string
}

/** Of a schema as JSON text. */
export const schemaCharactersMax = 65_536
export const schemaDepthMax = 32
/** Checks that one value may meet, with what is referred to counted wherever it is referred to. */
export const schemaChecksMax = 2_000
/** Comparing each item with each other takes time that grows with the square of their number. */
export const uniqueItemsMax = 1_000
const faultsMax = 100

type Path = SchemaFault['path']
type Schema = Readonly<Record<string, unknown>>

/** What a walk over a schema finds. */
export interface WalkedSchema {
  readonly faults: readonly SchemaFault[]
  /** How many checks one value may meet. */
  readonly checks: number
}

/**
 * Looks through a schema from outside, before anything is made of it: keywords that JSON Schema 2020-12 has, references
 * into itself and in no circle, patterns that match in linear time, and a bounded number of checks.
 */
export function walkSchema(root: unknown): WalkedSchema {
  const faults: SchemaFault[] = []
  const found = new Map<string, { schema: unknown; path: Path }>()
  if (!isSmallEnough(root)) {
    return {
      faults: [{ path: [], message: `The schema is larger than ${schemaCharactersMax} characters.` }],
      checks: 0,
    }
  }
  collect(root, [], 0, found, faults)
  const checks = faults.length > 0 ? 0 : countChecks(found, faults)
  return { faults: faults.slice(0, faultsMax), checks }
}

function isSmallEnough(root: unknown): boolean {
  try {
    return (JSON.stringify(root) ?? '').length <= schemaCharactersMax
  } catch {
    return false
  }
}

function collect(
  schema: unknown,
  path: Path,
  depth: number,
  found: Map<string, { schema: unknown; path: Path }>,
  faults: SchemaFault[],
): void {
  if (faults.length >= faultsMax) return
  found.set(pointer(path), { schema, path })
  if (typeof schema === 'boolean') return
  if (!isObject(schema)) return void faults.push({ path, message: 'A schema is an object, true or false.' })
  if (depth > schemaDepthMax)
    return void faults.push({ path, message: `Schemas are nested deeper than ${schemaDepthMax}.` })
  for (const [keyword, value] of Object.entries(schema)) faults.push(...faultsOfKeyword(schema, keyword, value, path))
  for (const [inner, way] of innerSchemas(schema)) collect(inner, [...path, ...way], depth + 1, found, faults)
}

/** Whatever stands where a schema should. */
function* innerSchemas(schema: Schema): Generator<[unknown, Path]> {
  for (const [keyword, value] of Object.entries(schema)) {
    if (schemaKeywords.has(keyword)) yield [value, [keyword]]
    else if (schemaListKeywords.has(keyword) && Array.isArray(value))
      for (const [index, item] of value.entries()) yield [item, [keyword, index]]
    else if (schemaMapKeywords.has(keyword) && isObject(value))
      for (const [name, item] of Object.entries(value)) yield [item, [keyword, name]]
  }
}

function* faultsOfKeyword(schema: Schema, keyword: string, value: unknown, path: Path): Generator<SchemaFault> {
  const at = [...path, keyword]
  const isKnown =
    schemaKeywords.has(keyword) ||
    schemaListKeywords.has(keyword) ||
    schemaMapKeywords.has(keyword) ||
    plainKeywords.has(keyword) ||
    keyword.startsWith('x-')
  if (!isKnown) yield { path: at, message: 'There is no such keyword in JSON Schema 2020-12, or it is not taken here.' }
  if (keyword === '$schema' && value !== 'https://json-schema.org/draft/2020-12/schema')
    yield { path: at, message: 'The schema is one of JSON Schema 2020-12.' }
  if (keyword === 'pattern' && typeof value === 'string') yield* faultsOfPattern(value, at)
  if (keyword === 'patternProperties' && isObject(value))
    for (const name of Object.keys(value)) yield* faultsOfPattern(name, [...at, name])
  if (keyword === 'uniqueItems' && value === true && !(Number(schema.maxItems) <= uniqueItemsMax))
    yield { path: at, message: `Beside \`uniqueItems\` stands a \`maxItems\` of at most ${uniqueItemsMax}.` }
}

function* faultsOfPattern(pattern: string, path: Path): Generator<SchemaFault> {
  try {
    new LinearRegExp(pattern)
  } catch (error) {
    yield { path, message: (error as SyntaxError).message }
  }
}

function countChecks(found: ReadonlyMap<string, { schema: unknown; path: Path }>, faults: SchemaFault[]): number {
  const known = new Map<string, number>()
  const count = (at: string): number => {
    const { schema, path } = found.get(at) as { schema: unknown; path: Path }
    if (!isObject(schema)) return 1
    const counted = known.get(at)
    if (counted === Number.POSITIVE_INFINITY) {
      faults.push({ path, message: 'The schema refers to itself in a circle.' })
      return 1
    }
    if (counted !== undefined) return counted
    known.set(at, Number.POSITIVE_INFINITY)
    let sum = 1
    for (const value of Object.values(schema)) if (Array.isArray(value)) sum += value.length
    if (schema.uniqueItems === true) sum += Number(schema.maxItems)
    for (const [, way] of innerSchemas(schema))
      if (!definingKeywords.has(String(way[0]))) sum += count(pointer([...path, ...way]))
    if (schema.$ref !== undefined) sum += countOfTarget(schema.$ref, [...path, '$ref'])
    known.set(at, sum)
    return sum
  }
  const countOfTarget = (ref: unknown, path: Path): number => {
    const target = typeof ref === 'string' && ref.startsWith('#') ? decoded(ref.slice(1)) : undefined
    if (target !== undefined && found.has(target)) return count(target)
    faults.push({ path, message: 'A schema refers only to schemas within itself, as `#/$defs/…`.' })
    return 1
  }
  // Also what nothing refers to is compiled.
  for (const at of found.keys()) count(at)
  const checks = known.get('') ?? 1
  if (faults.length === 0 && checks > schemaChecksMax)
    faults.push({ path: [], message: `The schema makes more than ${schemaChecksMax} checks of one value.` })
  return checks
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** RFC 6901. */
const pointer = (path: Path) =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
