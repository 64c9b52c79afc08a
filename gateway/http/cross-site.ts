import type { FastifyRequest } from 'fastify'

const simpleTypes = /^(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\b/i
const preflighted = ['x-apollo-operation-name', 'apollo-require-preflight', 'graphql-require-preflight'] as const

/**
 * Whether any website could make a browser send this request without asking first (CORS "simple request"): then it may not
 * be executed, even though its answer could not be read.
 */
export function isSimpleRequest({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  const type = headers['content-type']
  if (type !== undefined && !simpleTypes.test(type)) return false
  return preflighted.every((name) => headers[name] === undefined)
}
