import {
  type DirectiveNode,
  type DocumentNode,
  Kind,
  type ObjectTypeDefinitionNode,
  type ObjectTypeExtensionNode,
  parse,
  visit,
} from 'graphql'
import { ruleFor } from './guard.ts'
import type { PermissionMap, Rule } from './rules.ts'

/**
 * What a subgraph's schema is written in. `@access` is ours: it carries the whole rule of a field, of which the
 * directives that gateways know can say the necessary part only. It is repeatable, so that where two subgraphs have a
 * field composition keeps the rules of both.
 */
export const specifications = parse(`
extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@external", "@requires", "@provides", "@inaccessible", "@tag", "@authenticated", "@requiresScopes", "@composeDirective", "@cost", "@listSize"])
  @link(url: "https://specs.example.com/access/v1.0", import: ["@access"])
  @composeDirective(name: "@access")

"""The rule of a field, or of every field of a type."""
directive @access(
  """As the permission map calls it."""
  rule: String!

  """With one of these a caller passes whatever the row; null: who has the rights that the field needs passes."""
  scopes: [String!]

  """Whether the row may let in whom the scopes do not."""
  row: Boolean! = false

  """Whether nobody who is signed in passes without having proven lately who they are."""
  stepUp: Boolean! = false

  """Whether no API key passes, whatever its scopes."""
  noKey: Boolean! = false
) repeatable on FIELD_DEFINITION | OBJECT
`)

/** Writes each rule at its field (never at interfaces, whose fields need not exist in one place). */
export function withRights(sdl: DocumentNode, permissions: PermissionMap): DocumentNode {
  const atType = (type: string) => ({
    enter: (field: { readonly name: { readonly value: string }; readonly directives?: readonly DirectiveNode[] }) => ({
      ...field,
      directives: [...(field.directives ?? []), ...rightsOf(ruleFor(permissions, type, field.name.value))],
    }),
  })
  const atObject = (node: ObjectTypeDefinitionNode | ObjectTypeExtensionNode) => {
    const rules = permissions[node.name.value] ?? {}
    // One rule for the whole type stands once, at the type; at an entity it would bind what other subgraphs add to it.
    const isEntity = node.directives?.some(({ name }) => name.value === 'key') === true
    if (Object.keys(rules).join() === '*' && !isEntity)
      return { ...node, directives: [...(node.directives ?? []), ...rightsOf(rules['*'])] }
    return visit(node, { FieldDefinition: atType(node.name.value) as never })
  }
  return visit(sdl, { ObjectTypeDefinition: atObject, ObjectTypeExtension: atObject })
}

function rightsOf(rule: Rule | undefined): readonly DirectiveNode[] {
  if (rule === undefined) return []
  return directives(`${necessaryPart(rule)} ${wholeRule(rule)}`)
}

function necessaryPart({ necessary }: Rule): string {
  if (necessary.kind === 'nothing') return ''
  if (necessary.kind === 'authenticated') return '@authenticated'
  return `@requiresScopes(scopes: [${necessary.anyOf.map((scope) => `["${scope}"]`).join(', ')}])`
}

function wholeRule({ name, necessary, sufficient, row, stepUp, noKey }: Rule): string {
  const stated = [`rule: ${JSON.stringify(name)}`]
  if (JSON.stringify(sufficient) !== JSON.stringify(necessary))
    stated.push(`scopes: ${JSON.stringify(sufficient?.kind === 'scopes' ? sufficient.anyOf : [])}`)
  if (row !== undefined) stated.push('row: true')
  if (stepUp) stated.push('stepUp: true')
  if (noKey) stated.push('noKey: true')
  return `@access(${stated.join(', ')})`
}

function directives(text: string): readonly DirectiveNode[] {
  const [definition] = parse(`type T ${text} { f: Int }`).definitions
  return definition?.kind === Kind.OBJECT_TYPE_DEFINITION ? (definition.directives ?? []) : []
}
