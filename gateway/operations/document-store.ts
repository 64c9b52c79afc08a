import { createHash } from 'node:crypto'
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
} from 'graphql'
import { LRUCache } from 'lru-cache'
import { OperationTooComplexError } from '../errors/edge.errors.ts'
import { withWords } from '../errors/with-words.ts'

/** Far above honest operations (GraphiQL's introspection: some 200 tokens), below what hurts the planner. */
const tokensMax = 10_000
const validationErrorsMax = 100
const charactersMax = 2_000_000

/** A text that clients sent, and what it is. */
export interface KnownDocument {
  readonly text: string
  /** SHA-256 of the text, hexadecimal. */
  readonly hash: string
  readonly document: DocumentNode
  readonly operations: readonly OperationDefinitionNode[]
  /** What is wrong with it; empty for a document that is valid over the schema. */
  readonly errors: readonly GraphQLError[]
}

/** The documents that were sent lately, each parsed and validated once. */
export class DocumentStore {
  readonly #known = new LRUCache<string, KnownDocument>({ maxSize: charactersMax })
  readonly #schema: GraphQLSchema

  constructor(schema: GraphQLSchema) {
    this.#schema = schema
  }

  /** @throws OperationTooComplexError for one that is too large to be read; GraphQLError for one that is no GraphQL */
  get(text: string): KnownDocument {
    const known = this.#known.get(text)
    if (known !== undefined) return known
    const document = parsed(text)
    const errors = validate(this.#schema, document, specifiedRules, { maxErrors: validationErrorsMax })
    const made: KnownDocument = {
      text,
      hash: createHash('sha256').update(text).digest('hex'),
      document,
      operations: document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION),
      errors: errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED')),
    }
    this.#known.set(text, made, { size: text.length + 200 })
    return made
  }
}

function parsed(text: string): DocumentNode {
  try {
    return parse(text, { maxTokens: tokensMax })
  } catch (error) {
    if (error instanceof GraphQLError) throw withCode(error, 'GRAPHQL_PARSE_FAILED')
    // What graphql-js's recursive parser ends in when a document is absurdly deep.
    if (error instanceof RangeError) throw new OperationTooComplexError('The operation is nested too deeply.')
    throw error
  }
}

const withCode = (error: GraphQLError, code: string) => withWords(error, error.message, { code })
