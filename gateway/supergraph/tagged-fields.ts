import { type ConstDirectiveNode, type DocumentNode, type FieldDefinitionNode, Kind } from 'graphql'
import { argumentsOf } from '#platform/access/security-features'
import { linkedDirective } from './linked-directive.ts'

const tagFeature = /^https:\/\/specs\.apollo\.dev\/tag\/v0\.\d+$/

/** The fields of a supergraph that carry a tag (`@tag(name:)` of Federation 2), as `Type.field`. */
export function taggedFields(document: DocumentNode, tag: string): ReadonlySet<string> {
  const directive = linkedDirective(document, tagFeature, 'tag')
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
