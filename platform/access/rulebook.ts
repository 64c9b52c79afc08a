import { type ConstDirectiveNode, type DocumentNode, type GraphQLSchema, Kind, parse } from 'graphql'
import { type AccessRules, splitAccessRules } from './access-rules.ts'
import { clientSchemaOf } from './client-schema.ts'
import { argumentsOf, linksOf } from './security-features.ts'

/** One `@access`: a rule as the permission map of a subgraph has it. */
export interface StatedRule {
  /** As the map calls it. */
  readonly name: string
  /** With one of these a caller passes whatever the row; null: whoever has the rights that the field needs passes. */
  readonly scopes: readonly string[] | null
  /** Whether the row may let in whom the scopes do not. */
  readonly row: boolean
  /** Whether nobody who is signed in passes without having proven lately who they are. */
  readonly stepUp: boolean
  /** Whether no API key passes, whatever its scopes. */
  readonly noKey: boolean
}

/** What a supergraph says of who may see what. */
export interface Rulebook {
  /** As clients see it. */
  readonly schema: GraphQLSchema
  /** What is necessary, by coordinate: what the gateway prunes by. */
  readonly necessary: AccessRules
  /** The whole rules by coordinate, each of which must be met; empty in a supergraph that states none. */
  readonly stated: ReadonlyMap<string, readonly StatedRule[]>
}

const specification = 'https://specs.example.com/access/v1.0'

/**
 * @param supergraph a composed supergraph's SDL
 * @throws GraphQLError when it does not parse; SupergraphInvalidError on a security feature that we do not know
 */
export function readRulebook(supergraph: string): Rulebook {
  const document = parse(supergraph, { noLocation: true })
  const { document: open, rules } = splitAccessRules(document)
  return { schema: clientSchemaOf(open), necessary: rules, stated: readStated(document) }
}

function readStated(document: DocumentNode): ReadonlyMap<string, readonly StatedRule[]> {
  const stated = new Map<string, readonly StatedRule[]>()
  if (!linksOf(document).some((link) => argumentsOf(link).url === specification)) return stated
  const add = (coordinate: string, directives: readonly ConstDirectiveNode[] = []) => {
    const found = directives.filter(({ name }) => name.value === 'access').map(statedRule)
    if (found.length > 0) stated.set(coordinate, found)
  }
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) continue
    add(definition.name.value, definition.directives)
    for (const field of definition.fields ?? []) add(`${definition.name.value}.${field.name.value}`, field.directives)
  }
  return stated
}

function statedRule(directive: ConstDirectiveNode): StatedRule {
  const given = argumentsOf(directive)
  return {
    name: String(given.rule),
    scopes: (given.scopes as readonly string[] | null | undefined) ?? null,
    row: given.row === true,
    stepUp: given.stepUp === true,
    noKey: given.noKey === true,
  }
}
