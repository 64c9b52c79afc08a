import { z } from 'zod'
import { ConnectorHttpStatusError } from '../connector.errors.ts'
import type { ActionCall, Connector, ConnectorAction } from '../connector.ts'
import { guardedRequest } from '../guarded-request.ts'
import { isQueryDocument } from './query-document.ts'
import { readGraphqlAnswer } from './read-graphql-answer.ts'

const configSchema = z.strictObject({})
type Config = z.infer<typeof configSchema>

const queryInput = z.strictObject({
  document: z
    .string()
    .max(20_000)
    .refine(isQueryDocument, 'must be a GraphQL document with one operation, a query')
    .describe('A GraphQL document with one operation, a query.'),
  variables: z.record(z.string(), z.json()).default({}).describe('The values of its variables.'),
})

const query: ConnectorAction<Config, z.infer<typeof queryInput>> = {
  key: 'query',
  description: 'Asks the API and returns its `data`. An answer with errors, even a partial one, fails the action.',
  input: queryInput,
  async run(call, { document, variables }) {
    const ask = (token: string) =>
      guardedRequest(call.parts.platform, graphqlRequest(call, token, document, variables), true)
    const token = await call.runToken()
    const answer = await ask(token)
    // A right of the starter has changed since the token was issued: the next one carries those of now.
    return readGraphqlAnswer(answer.status === 401 ? await ask(await call.runToken(token)) : answer)
  },
}

/** The platform's own API, with the rights of the run: those that the agent and whoever started it both have. */
export const forgeops: Connector<Config> = {
  key: 'forgeops',
  title: 'ForgeOps',
  description:
    'The platform’s own GraphQL API, asked with the rights of the run. Needs no configuration and no secret.',
  config: configSchema,
  secrets: [],
  actions: [query],
  secretsNeeded: () => [],
  checkConfig: () => undefined,
  async test({ parts, timeoutMs, signal }) {
    const request = { url: new URL('health', parts.gatewayUrl), method: 'GET', headers: {}, timeoutMs }
    const { status } = await guardedRequest(parts.platform, { ...request, ...(signal && { signal }) }, true)
    if (status !== 200) throw new ConnectorHttpStatusError(status, true)
  },
}

function graphqlRequest(call: ActionCall<Config>, token: string, document: string, variables: object) {
  return {
    url: call.parts.gatewayUrl,
    method: 'POST',
    headers: {
      accept: 'application/graphql-response+json, application/json;q=0.9',
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
      traceparent: call.traceparent,
    },
    body: JSON.stringify({ query: document, variables }),
    timeoutMs: call.timeoutMs,
    ...(call.signal && { signal: call.signal }),
  }
}
