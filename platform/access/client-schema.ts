import {
  type ASTNode,
  buildASTSchema,
  type ConstDirectiveNode,
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  visit,
} from 'graphql'
import { argumentsOf, linksOf } from './security-features.ts'

/** The directives of GraphQL itself (§3.13) that a schema can be written with. */
const ofGraphql = new Set(['deprecated', 'specifiedBy', 'oneOf'])

/**
 * The schema that clients see of a supergraph: without what the features that it links brought, and without what is
 * `@inaccessible`, which composition lets nothing refer to but lists of names.
 *
 * @param supergraph as composed
 */
export function clientSchemaOf(supergraph: DocumentNode): GraphQLSchema {
  const brought = linksOf(supergraph).flatMap(namesOf)
  const isBrought = (name: string) => brought.some((own) => name === own || name.startsWith(`${own}__`))
  const hidden = new Set(
    supergraph.definitions.flatMap((node) => (isInaccessible(node) && 'name' in node ? [node.name?.value] : [])),
  )
  const seen = visit(supergraph, {
    enter: (node, _key, parent) => {
      if (isInaccessible(node)) return null
      // Where several are named, of which some stay: what a type implements, and what a union is of.
      if (node.kind === Kind.NAMED_TYPE && Array.isArray(parent) && hidden.has(node.name.value)) return null
      if (!('name' in node) || node.kind === Kind.FIELD_DEFINITION) return undefined
      const name = node.name?.value ?? ''
      if (node.kind === Kind.DIRECTIVE) return ofGraphql.has(name) ? undefined : null
      const mayBeBrought = node.kind === Kind.DIRECTIVE_DEFINITION || node.kind.endsWith('TypeDefinition')
      return mayBeBrought && isBrought(name) ? null : undefined
    },
  })
  return buildASTSchema(seen, { assumeValidSDL: true })
}

const isInaccessible = (node: ASTNode): boolean =>
  'directives' in node && (node.directives ?? []).some(({ name }) => name.value === 'inaccessible')

/** The name of a linked feature, which is also the prefix of what it defines, and the names that it was imported by. */
function namesOf(link: ConstDirectiveNode): readonly string[] {
  const { url = '', as, ...rest } = argumentsOf(link) as { url?: string; as?: string; import?: readonly Imported[] }
  const imported = (rest.import ?? []).map((item) => (typeof item === 'string' ? item : (item.as ?? item.name)))
  return [as ?? url.split('/').at(-2) ?? '', ...imported.map((name) => name.replace('@', ''))]
}

type Imported = string | { readonly name: string; readonly as?: string }
