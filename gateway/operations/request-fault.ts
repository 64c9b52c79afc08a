import type { GraphQLError } from 'graphql'

/** What is wrong with a request before it is executed: with its document, or with its variables. */
export class RequestFault extends Error {
  readonly errors: readonly GraphQLError[]

  /** @param errors each with a code and, where there is one, its place in the document */
  constructor(errors: readonly GraphQLError[]) {
    super('the request is faulty')
    this.name = 'RequestFault'
    this.errors = errors
  }
}
