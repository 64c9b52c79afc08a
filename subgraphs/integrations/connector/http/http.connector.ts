import { z } from 'zod'
import { checkTarget } from '#platform/http/egress/target'
import { ConnectorHttpStatusError } from '../connector.errors.ts'
import type { Connector, ConnectorAction, ConnectorCall } from '../connector.ts'
import { guardedRequest, retryableStatus } from '../guarded-request.ts'
import { type HttpConfig, headersSchema, httpConfigSchema } from './http.config.ts'
import { lowerCase, performRequest } from './perform-request.ts'
import { urlUnder } from './url-under.ts'

const scalar = z.union([z.string().max(2_000), z.number(), z.boolean()])

const requestInput = z
  .strictObject({
    method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']),
    path: z.string().max(2_048).describe('Under the base URL, percent-encoded, without query.'),
    query: z.record(z.string().max(200), z.union([scalar, z.array(scalar).max(100)])).default({}),
    headers: headersSchema.default({}),
    body: z.json().optional().describe('Text is sent as it is, everything else as JSON.'),
    idempotent: z
      .boolean()
      .optional()
      .describe(
        'Whether making the request twice does no more than making it once, e.g. because the service honours `Idempotency-Key`. Decides what may be tried again; true for all methods but POST and PATCH unless said otherwise.',
      ),
  })
  .refine(({ method, body }) => body === undefined || !['GET', 'HEAD'].includes(method), {
    path: ['body'],
    message: 'may not be sent with this method',
  })

const request: ConnectorAction<HttpConfig, z.infer<typeof requestInput>> = {
  key: 'request',
  description:
    'Makes an HTTP request and returns `{status, headers, body}`: some of the headers, the body as JSON or text. Sends `Idempotency-Key` with every method that changes something. A status of 400 or more fails the action.',
  input: requestInput,
  async run(call, input) {
    const { config, secrets, effectKey, timeoutMs, signal } = call
    return performRequest(call.parts.outbound, {
      url: urlUnder(config.baseUrl, input.path, input.query),
      method: input.method,
      headers: { ...lowerCase(config.headers), ...lowerCase(input.headers), ...authorization(call) },
      body: input.body,
      idempotent: input.idempotent,
      ...{ effectKey, timeoutMs, signal },
      secrets: Object.values(secrets),
    })
  },
}

/** Any HTTP API that takes a bearer token, or none. */
export const http: Connector<HttpConfig> = {
  key: 'http',
  title: 'HTTP',
  description: 'Any HTTP API on the public internet that takes a bearer token, or none.',
  config: httpConfigSchema,
  secrets: [
    {
      field: 'bearerToken',
      description: 'Sent as `Authorization: Bearer …` (RFC 6750) with every call.',
      schema: z.string().regex(/^[\x21-\x7e]{1,8192}$/, 'must be printable ASCII without spaces'),
    },
  ],
  actions: [request],
  secretsNeeded: ({ authentication }) => (authentication === 'bearer' ? ['bearerToken'] : []),
  checkConfig({ baseUrl, testPath }, { exemptions }) {
    checkTarget(urlUnder(baseUrl, testPath), exemptions)
  },
  async test(call) {
    const url = urlUnder(call.config.baseUrl, call.config.testPath)
    const { config, parts, timeoutMs, signal } = call
    const headers = { accept: '*/*', ...lowerCase(config.headers), ...authorization(call) }
    const request = { url, method: 'GET', headers, timeoutMs, ...(signal && { signal }) }
    const { status } = await guardedRequest(parts.outbound, request, true)
    if (status >= 400) throw new ConnectorHttpStatusError(status, retryableStatus(status, true))
  },
}

const authorization = ({ config, secrets }: ConnectorCall<HttpConfig>): Record<string, string> =>
  config.authentication === 'bearer' ? { authorization: `Bearer ${secrets.bearerToken}` } : {}
