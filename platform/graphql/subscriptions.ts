import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  parse,
  validate,
} from 'graphql'
import { LRUCache } from 'lru-cache'
import { InvalidInputError } from '../errors/common-errors.ts'
import type { RefusalListener } from '../refusals/refusal.ts'
import type { Ctx } from './context.ts'
import { EventPage, type Numbered } from './event-page.ts'
import { formatError } from './format-error.ts'
import { refusalTeller } from './record-refusals.ts'

export interface SubscriptionRequest {
  readonly query: string
  readonly operationName?: string | null | undefined
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined
}

/** One event, resolved as far as the subscription asks. */
export interface EventAnswer {
  readonly seq: number
  readonly result: object
}

/** A stretch of a sequence of events that is about to be answered. */
export interface OpenedSubscription {
  readonly page: EventPage<Numbered>
  /** Resolves the events in order, some at a time, so that what they share is read once. Ends early when it is left. */
  readonly answers: () => AsyncGenerator<EventAnswer>
}

const documentsKept = 500
const resolvedAtOnce = 100

/** Answers the subscriptions of a guarded subgraph schema, each with what was committed when it was asked. */
export class Subscriptions {
  readonly #schema: GraphQLSchema
  readonly #tell: ReturnType<typeof refusalTeller>
  readonly #documents = new LRUCache<string, DocumentNode>({ max: documentsKept })

  constructor(schema: GraphQLSchema, refusals: RefusalListener) {
    this.#schema = schema
    this.#tell = refusalTeller(schema, refusals)
  }

  /** @returns the errors of a request that is refused, or cannot be read; else its events, not yet resolved */
  async open(request: SubscriptionRequest, ctx: Ctx): Promise<OpenedSubscription | { readonly errors: object[] }> {
    try {
      const document = this.#documentOf(request.query)
      if (getOperationAST(document, request.operationName)?.operation !== 'subscription')
        throw new InvalidInputError('Only subscriptions are answered as a stream of events.')
      const source = await createSourceEventStream(this.#executionOf(document, request, ctx))
      if (source instanceof EventPage)
        return { page: source, answers: () => this.#resolve(source, document, request, ctx) }
      if (!('errors' in source)) throw new Error('A subscription has another source than a page of events.')
      this.#tell(document, source.errors ?? [], ctx)
      return { errors: formatted(source.errors ?? [], ctx) }
    } catch (error) {
      return { errors: formatted([error], ctx) }
    }
  }

  async *#resolve(page: EventPage<Numbered>, document: DocumentNode, request: SubscriptionRequest, ctx: Ctx) {
    const execution = this.#executionOf(document, request, ctx)
    const errors: GraphQLError[] = []
    try {
      for (let at = 0; at < page.events.length; at += resolvedAtOnce) {
        const some = page.events.slice(at, at + resolvedAtOnce)
        const results = await Promise.all(some.map((event) => execute({ ...execution, rootValue: event })))
        for (const [i, result] of results.entries()) {
          errors.push(...(result.errors ?? []))
          yield { seq: (some[i] as Numbered).seq, result: resultFor(result, ctx) }
        }
      }
    } finally {
      this.#tell(document, errors, ctx)
    }
  }

  #executionOf(document: DocumentNode, { operationName, variables }: SubscriptionRequest, ctx: Ctx) {
    return {
      schema: this.#schema,
      document,
      contextValue: ctx,
      variableValues: variables ?? null,
      operationName: operationName ?? null,
    }
  }

  /** @throws GraphQLError for what does not parse or is not valid */
  #documentOf(query: string): DocumentNode {
    const known = this.#documents.get(query)
    if (known !== undefined) return known
    const document = parse(query)
    const [fault] = validate(this.#schema, document)
    if (fault !== undefined) throw fault
    this.#documents.set(query, document)
    return document
  }
}

const resultFor = ({ data, errors }: ExecutionResult, ctx: Ctx): object => ({
  data: data ?? null,
  ...(errors === undefined ? {} : { errors: formatted(errors, ctx) }),
})

const formatted = (errors: readonly unknown[], ctx: Ctx): object[] =>
  errors.map((error) => {
    const plain = error instanceof GraphQLError ? error.toJSON() : { message: '' }
    // What graphql-js finds wrong before a resolver runs, such as a variable, has no place in the answer.
    const isFault = error instanceof GraphQLError && error.path === undefined
    const given = isFault ? { ...plain, extensions: { code: 'BAD_USER_INPUT' } } : plain
    return formatError(given, error, ctx.requestId, ctx.log)
  })
