import { type ConstDirectiveNode, type DocumentNode, type FieldDefinitionNode, Kind } from 'graphql'
import { argumentsOf, linksOf } from '#platform/access/security-features'

const tagFeature = /^https:\/\/specs\.apollo\.dev\/tag\/v0\.\d+$/

/** The fields of a supergraph that carry a tag (`@tag(name:)` of Federation 2), as `Type.field`. */
export function taggedFields(document: DocumentNode, tag: string): ReadonlySet<string> {
  const directive = tagDirective(document)
  const isTagged = (node: ConstDirectiveNode) => node.name.value === directive && argumentsOf(node).name === tag
  const coordinates = new Set<string>()
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) continue
    for (const field of (definition.fields ?? []) as readonly FieldDefinitionNode[]) {
      if (field.directives?.some(isTagged)) coordinates.add(`${definition.name.value}.${field.name.value}`)
    }
  }
  return coordinates
}

/** How the directive is spelled here: composition renames it where a subgraph has another of that name. */
function tagDirective(document: DocumentNode): string | undefined {
  const link = linksOf(document).find((node) => tagFeature.test(String(argumentsOf(node).url)))
  if (link === undefined) return undefined
  const { as, import: imports = [] } = argumentsOf(link) as {
    readonly as?: string
    readonly import?: readonly (string | { readonly name: string; readonly as?: string })[]
  }
  const imported = imports.map((item) => (typeof item === 'string' ? { name: item } : item))
  const own = imported.find(({ name }) => name === '@tag')
  return (own?.as ?? own?.name)?.slice(1) ?? as ?? 'tag'
}
