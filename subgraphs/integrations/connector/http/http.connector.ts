import { z } from 'zod'
import { checkTarget } from '#platform/http/egress/target'
import { ConnectorHttpStatusError } from '../connector.errors.ts'
import type { Connector, ConnectorAction, ConnectorCall } from '../connector.ts'
import { guardedRequest, retryableStatus } from '../guarded-request.ts'
import { type HttpConfig, headersSchema, httpConfigSchema } from './http.config.ts'
import { readHttpAnswer } from './read-http-answer.ts'
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
    const { method, body } = input
    const repeatable = input.idempotent ?? !['POST', 'PATCH'].includes(method)
    const reading = method === 'GET' || method === 'HEAD'
    const headers = {
      ...(body === undefined
        ? {}
        : { 'content-type': typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json' }),
      ...lowerCase(input.headers),
      ...(reading ? {} : { 'idempotency-key': call.effectKey }),
    }
    const url = urlUnder(call.config.baseUrl, input.path, input.query)
    const content = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
    const answer = await send(call, { url, method, headers, ...content }, repeatable)
    if (answer.status >= 400)
      throw new ConnectorHttpStatusError(answer.status, retryableStatus(answer.status, repeatable))
    return readHttpAnswer(answer, Object.values(call.secrets))
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
    const { status } = await send(call, { url, method: 'GET', headers: {} }, true)
    if (status >= 400) throw new ConnectorHttpStatusError(status, retryableStatus(status, true))
  },
}

function send(
  { config, secrets, parts, timeoutMs, signal }: ConnectorCall<HttpConfig>,
  what: { url: URL; method: string; headers: Readonly<Record<string, string>>; body?: string },
  repeatable: boolean,
) {
  const headers = {
    accept: 'application/json, text/*;q=0.9, */*;q=0.1',
    ...lowerCase(config.headers),
    ...what.headers,
    ...(config.authentication === 'bearer' ? { authorization: `Bearer ${secrets.bearerToken}` } : {}),
  }
  return guardedRequest(parts.outbound, { ...what, headers, timeoutMs, ...(signal && { signal }) }, repeatable)
}

/** So that of two spellings of one header the later wins, rather than both being sent. */
const lowerCase = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
