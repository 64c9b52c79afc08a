import type { FastifyRequest } from 'fastify'
import { InvalidInputError } from '#platform/errors/common-errors'
import type { Variables } from '../execution/operation.ts'

/** What a request asks for, as GraphQL over HTTP has it (draft §5.1). Nothing of it is checked but its shape. */
export interface GraphqlParams {
  readonly query: string | null
  readonly operationName: string | null
  readonly variables: Variables
  readonly extensions: Readonly<Record<string, unknown>>
  /** The id of a trusted document, in place of its text. */
  readonly documentId: string | null
}

/** @throws InvalidInputError for what has not the shape of a request */
export function paramsOf(request: FastifyRequest): GraphqlParams {
  if (request.method === 'GET') return paramsFrom(searchOf(request.query))
  if (Array.isArray(request.body))
    throw new InvalidInputError('Operation batching is off: send one operation a request.')
  if (!isRecord(request.body)) throw new InvalidInputError('POST body missing, or not a JSON object.')
  return paramsFrom(request.body)
}

/** @throws InvalidInputError for what has not the shape of a request */
export function paramsFrom({ query, operationName, variables, extensions, documentId }: Record<string, unknown>) {
  const params: GraphqlParams = {
    query: text(query, 'query'),
    operationName: text(operationName, 'operationName'),
    variables: object(variables, 'variables'),
    extensions: object(extensions, 'extensions'),
    documentId: text(documentId, 'documentId'),
  }
  return params
}

function text(value: unknown, name: string): string | null {
  if (value === undefined || value === null) return null
  if (typeof value !== 'string') throw new InvalidInputError(`\`${name}\` must be a text.`)
  // An empty name stands for none: many clients send it so.
  return value === '' ? null : value
}

function object(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return {}
  if (!isRecord(value)) throw new InvalidInputError(`\`${name}\` must be a JSON object.`)
  return value
}

function searchOf(search: unknown): Record<string, unknown> {
  const { query, operationName, documentId, variables, extensions } = search as Record<string, unknown>
  const json = (value: unknown, name: string) => (value === undefined || value === '' ? null : parsed(value, name))
  return {
    query,
    operationName,
    documentId,
    variables: json(variables, 'variables'),
    extensions: json(extensions, 'extensions'),
  }
}

function parsed(value: unknown, name: string): unknown {
  try {
    return JSON.parse(String(value))
  } catch {
    throw new InvalidInputError(`\`${name}\` must be JSON.`)
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
