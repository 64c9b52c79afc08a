import {
  type GraphQLSchema,
  Kind,
  type OperationTypeNode,
  parse,
  print,
  stripIgnoredCharacters,
  validate,
} from 'graphql'
import type { DocumentFile } from './document-file.ts'

/** A client's operation that is valid over the schema. */
export interface TrustedDocument extends DocumentFile {
  /** Of its one operation. */
  readonly name: string
  readonly kind: `${OperationTypeNode}`
  /** Its text without what does not matter: the same for all ways to lay it out. */
  readonly canonical: string
  /** As graphql-js prints it, which is what clients send that know the operation as a syntax tree. */
  readonly printed: string
}

export interface DocumentFault {
  readonly client: string
  readonly path: string
  /** Null when the file has no name for it. */
  readonly operation: string | null
  /** A sentence. */
  readonly fault: string
}

/**
 * Whether a file is one named operation, with the fragments that it uses, that the schema can answer.
 *
 * @param schema what clients see of the supergraph
 */
export function checkDocument(file: DocumentFile, schema: GraphQLSchema): TrustedDocument | DocumentFault {
  const { client, path, text } = file
  const faulty = (fault: string, operation: string | null = null) => ({ client, path, operation, fault })
  try {
    const document = parse(text, { maxTokens: 10_000 })
    const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION)
    const [operation] = operations
    if (operation?.name === undefined || operations.length !== 1)
      return faulty('A file holds one operation, which has a name, and the fragments that it uses.')
    const name = operation.name.value
    if (schema.getRootType(operation.operation) == null)
      return faulty(`The schema has no ${operation.operation} operations.`, name)
    const [error] = validate(schema, document, undefined, { maxErrors: 1 })
    if (error !== undefined) return faulty(`${error.message}${placeOf(error)}`, name)
    const canonical = stripIgnoredCharacters(text)
    return { ...file, name, kind: operation.operation, canonical, printed: print(document) }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return faulty(error.message)
  }
}

const placeOf = ({ locations }: { readonly locations?: readonly { readonly line: number }[] | undefined }) =>
  locations?.[0] === undefined ? '' : ` (line ${locations[0].line})`
