import type { FastifyReply, FastifyRequest } from 'fastify'

/** Paths of the edge: the base without a trailing slash (`/api`, or empty), and the GraphQL endpoint below it. */
export interface PlaygroundPaths {
  basePath: string
  graphqlPath: string
}

/**
 * Makes an `onRequest` hook that sends a person who opened the GraphQL endpoint in a browser to the playground.
 *
 * Only `GET` of exactly that path, without any query string (GraphQL over GET always has one), whose `Accept` ranks
 * `text/html` above every JSON type. A client that accepts anything equally, as curl does, gets the endpoint.
 */
export function redirectBrowserToPlayground({ basePath, graphqlPath }: PlaygroundPaths) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    if (request.method !== 'GET' || request.url !== graphqlPath || !prefersHtml(request.headers.accept))
      return undefined
    return reply.header('vary', 'accept').header('cache-control', 'no-store').redirect(`${basePath}/playground`, 302)
  }
}

/** Whether an `Accept` header ranks HTML strictly above the media types of a GraphQL answer (RFC 9110 section 12.5.1). */
export function prefersHtml(accept: string | undefined): boolean {
  if (!accept) return false
  const ranges = new Map(accept.split(',').map(parseRange))
  const quality = (type: string, family: string) => ranges.get(type) ?? ranges.get(family) ?? ranges.get('*/*') ?? 0
  const json = Math.max(
    quality('application/json', 'application/*'),
    quality('application/graphql-response+json', 'application/*'),
  )
  return quality('text/html', 'text/*') > json
}

function parseRange(range: string): [type: string, quality: number] {
  const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
  const weight = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1)
  return [type, Number.isFinite(weight) ? weight : 0]
}
