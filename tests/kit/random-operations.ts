import {
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isUnionType,
} from 'graphql'

/** Reproducible numbers from 0 up to below 1 (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * A query over a schema whose fields take no arguments: aliases, named and inline fragments, conditions by the variables
 * `$yes` and `$no` and by literals. Not always valid: the same key may stand for types that do not go together.
 */
export function randomQuery(schema: GraphQLSchema, random: () => number, levels = 4): string {
  const fragments: string[] = []
  let selectionsLeft = 80
  const oneOf = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T
  const condition = () =>
    random() < 0.8 ? '' : ` @${oneOf(['skip', 'include'])}(if: ${oneOf(['$yes', '$no', 'true', 'false'])})`

  const fieldOf = (type: GraphQLCompositeType, left: number): string => {
    const fields = isUnionType(type) ? [] : Object.values(type.getFields())
    const usable = fields.filter(
      (field) => (left > 0 && selectionsLeft > 0) || !isCompositeType(getNamedType(field.type)),
    )
    if (usable.length === 0 || random() < 0.05) return `${random() < 0.5 ? 'kind: ' : ''}__typename`
    const field = oneOf(usable)
    const below = getNamedType(field.type)
    const alias = random() < 0.2 ? `also_${field.name}: ` : ''
    return `${alias}${field.name}${condition()}${isCompositeType(below) ? setOf(below, left - 1) : ''}`
  }
  const narrower = (type: GraphQLCompositeType): readonly string[] => {
    const possible = isAbstractType(type) ? schema.getPossibleTypes(type) : [type]
    const wider = possible.flatMap((each) => ('getInterfaces' in each ? each.getInterfaces() : []))
    return [type, ...possible, ...wider, ...(isInterfaceType(type) ? [type] : [])].map(({ name }) => name)
  }
  const selectionOf = (type: GraphQLCompositeType, left: number): string => {
    const kind = random()
    if (kind < 0.65) return fieldOf(type, left)
    if (kind < 0.72) return `...${condition()}${setOf(type, left)}`
    const on = oneOf(narrower(type))
    const set = setOf(schema.getType(on) as GraphQLCompositeType, left)
    if (kind < 0.9) return `... on ${on}${condition()}${set}`
    const name = `F${fragments.length}`
    fragments.push(`fragment ${name} on ${on}${set}`)
    return `...${name}${condition()}`
  }
  const setOf = (type: GraphQLCompositeType, left: number): string => {
    const count = Math.max(1, Math.min(selectionsLeft, 1 + Math.floor(random() * 4)))
    selectionsLeft -= count
    return ` { ${Array.from({ length: count }, () => selectionOf(type, left)).join(' ')} }`
  }
  const query = schema.getQueryType()
  if (query == null) throw new Error('The schema has no queries.')
  // Both variables are used, whatever was drawn.
  return `query ($yes: Boolean!, $no: Boolean = false) { y: __typename @skip(if: $yes) n: __typename @include(if: $no)${setOf(query, levels).slice(2)}\n${fragments.join('\n')}`
}
