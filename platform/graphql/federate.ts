import { buildSubgraphSchema, printSubgraphSchema } from '@apollo/subgraph'
import {
  type DirectiveNode,
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  type ObjectTypeDefinitionNode,
  type ObjectTypeExtensionNode,
  parse,
  print,
  visit,
} from 'graphql'
import { type BuildSchemaOptions, buildSchema, createResolversMap } from 'type-graphql'
import { guard, ruleFor } from './guard.ts'
import type { PermissionMap, Rule } from './rules.ts'

const link = parse(`extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9",
  import: ["@key", "@shareable", "@external", "@requires", "@provides", "@inaccessible", "@authenticated", "@requiresScopes"]
)`)

/** Finds the entity that a representation means; null when there is none that this caller may know of. */
export type ReferenceResolver = (reference: never, ctx: never) => unknown

export interface SubgraphParts {
  readonly resolvers: readonly (new (...args: never[]) => object)[]
  /** Types that only other subgraphs reach, e.g. stubs of their entities. */
  readonly orphanedTypes?: readonly (new () => object)[]
  readonly references: Readonly<Record<string, ReferenceResolver>>
  readonly permissions: PermissionMap
}

/** type-graphql classes → a guarded Federation 2 subgraph schema and its SDL with the rights written into it. */
export async function federate(parts: SubgraphParts): Promise<{ schema: GraphQLSchema; sdl: string }> {
  const codeFirst = await buildSchema({
    resolvers: parts.resolvers as unknown as BuildSchemaOptions['resolvers'],
    orphanedTypes: [...(parts.orphanedTypes ?? [])],
    validate: false,
    // Federation's directives are unknown to graphql-js's own check; buildSubgraphSchema checks them.
    skipCheck: true,
  })
  const resolvers = createResolversMap(codeFirst) as Record<string, Record<string, unknown>>
  for (const [type, resolveReference] of Object.entries(parts.references)) {
    resolvers[type] = {
      ...resolvers[type],
      __resolveReference: (reference: unknown, ctx: unknown) => resolveReference(reference as never, ctx as never),
    }
  }
  const printed = withRights(parse(printSubgraphSchema(codeFirst)), parts.permissions)
  const typeDefs: DocumentNode = { kind: Kind.DOCUMENT, definitions: [...link.definitions, ...printed.definitions] }
  const schema = buildSubgraphSchema([{ typeDefs, resolvers: resolvers as never }])
  return { schema: guard(schema, parts.permissions), sdl: `${print(typeDefs)}\n` }
}

/** Writes each rule's necessary condition at its field (never at interfaces, whose fields need not exist in one place). */
function withRights(sdl: DocumentNode, permissions: PermissionMap): DocumentNode {
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
  if (rule === undefined || rule.necessary.kind === 'nothing') return []
  if (rule.necessary.kind === 'authenticated') return directives('@authenticated')
  return directives(`@requiresScopes(scopes: [${rule.necessary.anyOf.map((scope) => `["${scope}"]`).join(', ')}])`)
}

function directives(text: string): readonly DirectiveNode[] {
  const [definition] = parse(`type T ${text} { f: Int }`).definitions
  return definition?.kind === Kind.OBJECT_TYPE_DEFINITION ? (definition.directives ?? []) : []
}
