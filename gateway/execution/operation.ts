import type { DocumentNode, GraphQLError, OperationDefinitionNode } from 'graphql'
import type { Lifetime } from '../cache/freshness.ts'
import type { EdgeContext } from './request-context.ts'

export type Variables = Readonly<Record<string, unknown>>

/** One operation of a client, parsed and valid over the schema that clients see. */
export interface Operation {
  /** SHA-256 of the document's text, hexadecimal. */
  readonly hash: string
  readonly text: string
  readonly document: DocumentNode
  readonly definition: OperationDefinitionNode
  readonly kind: 'query' | 'mutation' | 'subscription'
  readonly name: string | null
  /** As the client sent them. */
  readonly variables: Variables
  /** Of the types that the operation declares, with defaults. */
  readonly coerced: Variables
  /** The trusted document that this is, by the name of the client that registered it; null when it is registered nowhere. */
  readonly registered: string | null
  /** What the request says beside the operation (GraphQL over HTTP, `extensions`). */
  readonly extensions: Readonly<Record<string, unknown>>
}

/** What an operation is answered with. Without `data` it was not executed. */
export interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null
  readonly errors?: readonly GraphQLError[]
  readonly extensions?: Readonly<Record<string, unknown>>
  /** For how long, and by whom, it may be kept; without one it may not. */
  readonly lifetime?: Lifetime
}

/** Refuses an operation, before anything is asked for it, by throwing a DomainError or a GraphQLError with a public code. */
export type Check = (operation: Operation, context: EdgeContext) => void | Promise<void>

export type Execute = (operation: Operation, context: EdgeContext) => Promise<Answer>

/** Something that happens around the execution of queries and mutations: it may change the operation, or answer itself. */
export type Stage = (next: Execute) => Execute
