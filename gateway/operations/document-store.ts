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
import { boundRepetition } from './limits/bound-repetition.ts'
import { type DocumentMeasures, holdLimits, type OperationLimits, unlimited } from './limits/operation-limits.ts'
import { scanDocument } from './limits/scan-document.ts'
import { RequestFault } from './request-fault.ts'

const validationErrorsMax = 100
const charactersMax = 2_000_000

/** A text that clients sent, and what it is. */
export interface KnownDocument {
  readonly text: string
  readonly measures: DocumentMeasures
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

  /**
   * @param limits what it may be; null for a document that is trusted, whatever it is
   * @throws LimitExceededError, before it is parsed; RequestFault for one that is no GraphQL
   */
  get(text: string, limits: OperationLimits | null): KnownDocument {
    const known = this.#known.get(text)
    if (known !== undefined) {
      if (limits !== null) holdLimits(known.measures, limits)
      return known
    }
    const measures = scanDocument(text, limits ?? unlimited)
    const document = parsed(text)
    if (limits !== null) boundRepetition(document)
    const errors = validate(this.#schema, document, specifiedRules, { maxErrors: validationErrorsMax })
    const made: KnownDocument = {
      text,
      measures,
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
    return parse(text)
  } catch (error) {
    if (error instanceof GraphQLError) throw new RequestFault([withCode(error, 'GRAPHQL_PARSE_FAILED')])
    // What graphql-js's recursive parser ends in when a document is absurdly deep.
    if (error instanceof RangeError) throw new OperationTooComplexError('The operation is nested too deeply.')
    throw error
  }
}

const withCode = (error: GraphQLError, code: string) => withWords(error, error.message, { code })
