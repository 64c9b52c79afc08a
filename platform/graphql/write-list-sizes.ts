import { type DocumentNode, type FieldDefinitionNode, Kind, parse, type TypeNode, visit } from 'graphql'
import { pageSizeDefault } from './page.ts'

/** `@listSize` of a page (Federation 2.9): as long as its arguments say, or else of the default size. */
const ofPages = directives(
  `@listSize(assumedSize: ${pageSizeDefault}, slicingArguments: ["first", "last"], sizedFields: ["edges"], requireOneSlicingArgument: false)`,
)

/** Writes at each field that answers with a page how long the page can be. Other lists say it themselves. */
export function withListSizes(sdl: DocumentNode): DocumentNode {
  const connections = new Set(
    sdl.definitions.flatMap((definition) =>
      definition.kind === Kind.OBJECT_TYPE_DEFINITION && definition.fields?.some(({ name }) => name.value === 'edges')
        ? [definition.name.value]
        : [],
    ),
  )
  const isPage = ({ type, arguments: given = [] }: FieldDefinitionNode) =>
    connections.has(nameOf(type)) && ['first', 'last'].every((name) => given.some((one) => one.name.value === name))
  return visit(sdl, {
    FieldDefinition: (field) =>
      isPage(field) ? { ...field, directives: [...(field.directives ?? []), ...ofPages] } : undefined,
  })
}

const nameOf = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type))

function directives(text: string) {
  const [definition] = parse(`type T { f: Int ${text} }`, { noLocation: true }).definitions
  return definition?.kind === Kind.OBJECT_TYPE_DEFINITION ? (definition.fields?.[0]?.directives ?? []) : []
}
