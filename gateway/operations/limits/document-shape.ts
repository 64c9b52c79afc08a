/** What the text of an operation or of a fragment holds itself, spreads not followed. */
export interface DefinitionShape {
  readonly isFragment: boolean
  name: string
  /** Fields within each other. */
  depth: number
  fields: number
  rootFields: number
  aliases: number
  directives: number
  readonly spreads: Spread[]
}

export interface Spread {
  readonly fragment: string
  /** How many fields are around it. */
  readonly above: number
}

/** What an operation asks for once its fragments are spread out, however often each is spread. */
export interface Expanded {
  readonly depth: number
  readonly fields: number
  readonly rootFields: number
  readonly aliases: number
  readonly directives: number
}

const nothing: Expanded = { depth: 0, fields: 0, rootFields: 0, aliases: 0, directives: 0 }

/**
 * Measures each operation with its fragments spread out. Each fragment is measured once, so that fragments within
 * fragments, of which `n` can stand for 2ⁿ fields, take no more time than reading them. A fragment within itself (which
 * validation refuses) counts as empty there.
 */
export function expandedOperations(definitions: readonly DefinitionShape[]): readonly Expanded[] {
  const fragments = new Map<string, DefinitionShape>()
  for (const definition of definitions) {
    if (definition.isFragment) fragments.set(definition.name, definition)
  }
  const measured = new Map<DefinitionShape, Expanded>()
  const measure = (definition: DefinitionShape): Expanded => {
    const known = measured.get(definition)
    if (known !== undefined) return known
    measured.set(definition, nothing)
    let { depth, fields, rootFields, aliases, directives } = definition
    for (const { fragment, above } of definition.spreads) {
      const spread = fragments.get(fragment)
      if (spread === undefined) continue
      const inside = measure(spread)
      depth = Math.max(depth, above + inside.depth)
      fields += inside.fields
      if (above === 0) rootFields += inside.rootFields
      aliases += inside.aliases
      directives += inside.directives
    }
    const expanded = { depth, fields, rootFields, aliases, directives }
    measured.set(definition, expanded)
    return expanded
  }
  return definitions.filter(({ isFragment }) => !isFragment).map(measure)
}
