import { z } from 'zod'
import { checkTarget } from '#platform/http/egress/target'
import { ConnectorHttpStatusError } from '../connector.errors.ts'
import type { Connector, ConnectorCall } from '../connector.ts'
import { guardedRequest, retryableStatus } from '../guarded-request.ts'
import { lowerCase } from '../http/perform-request.ts'
import { urlUnder } from '../http/url-under.ts'
import { type OpenaiCompatibleConfig, openaiCompatibleConfigSchema } from './openai-compatible.config.ts'

/** Any provider of models that speaks the Chat Completions API, on the internet or beside us. */
export const openaiCompatible: Connector<OpenaiCompatibleConfig> = {
  key: 'openai-compatible',
  title: 'OpenAI-compatible models',
  description: 'Language models behind the Chat Completions API, for the steps `llm` and `agent`.',
  config: openaiCompatibleConfigSchema,
  secrets: [
    {
      field: 'apiKey',
      description: 'Sent as `Authorization: Bearer …` with every call.',
      schema: z.string().regex(/^[\x21-\x7e]{1,8192}$/, 'must be printable ASCII without spaces'),
    },
  ],
  actions: [],
  secretsNeeded: ({ authentication }) => (authentication === 'bearer' ? ['apiKey'] : []),
  checkConfig({ baseUrl }, { exemptions }) {
    checkTarget(urlUnder(baseUrl, 'models'), exemptions)
  },
  async test(call) {
    const { config, parts, timeoutMs, signal } = call
    const request = { url: urlUnder(config.baseUrl, 'models'), method: 'GET', headers: headersOf(call), timeoutMs }
    const { status } = await guardedRequest(parts.outbound, { ...request, ...(signal && { signal }) }, true)
    if (status >= 400) throw new ConnectorHttpStatusError(status, retryableStatus(status, true))
  },
  async ask(call, request) {
    // Takes long to load, and most processes never ask a model.
    const { completeChat } = await import('./complete-chat.ts')
    return completeChat({ ...call, headers: headersOf(call) }, request)
  },
}

const headersOf = ({ config, secrets }: ConnectorCall<OpenaiCompatibleConfig>): Record<string, string> => ({
  ...lowerCase(config.headers),
  ...(config.authentication === 'bearer' ? { authorization: `Bearer ${secrets.apiKey}` } : {}),
})
