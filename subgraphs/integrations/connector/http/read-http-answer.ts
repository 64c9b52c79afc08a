import type { EgressResponse } from '#platform/http/egress/egress'

export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** JSON when it says so and is; text when it says so; null when it is empty or something else. */
  readonly body: unknown
}

/** What a step may want to know; cookies and whatever else a service may say of itself are not among it. */
const kept: ReadonlySet<string> = new Set(
  'cache-control content-language content-type date etag expires last-modified link location retry-after x-request-id x-total-count'.split(
    ' ',
  ),
)
const keptPrefix = /^(x-)?ratelimit-/

/** Shorter ones would be found in words that have nothing to do with them. */
const maskedLengthMin = 8

/**
 * Reads an answer for a step.
 *
 * @param secrets masked wherever the service repeats them: echo services do
 */
export function readHttpAnswer(
  { status, headers, body }: Pick<EgressResponse, 'status' | 'headers' | 'body'>,
  secrets: readonly string[],
): HttpAnswer {
  const masked = masking(secrets)
  const told = Object.entries(headers).flatMap(([name, value]) =>
    value !== undefined && (kept.has(name) || keptPrefix.test(name)) ? [[name, masked([value].flat().join(', '))]] : [],
  )
  return {
    status,
    headers: Object.fromEntries(told),
    body: readBody(String(headers['content-type'] ?? ''), body, masked),
  }
}

/** What takes secrets out of a text. */
export const masking =
  (secrets: readonly string[]) =>
  (text: string): string =>
    secrets
      .filter((secret) => secret.length >= maskedLengthMin)
      .reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text)

function readBody(contentType: string, body: Buffer, masked: (text: string) => string): unknown {
  const text = body.length === 0 ? undefined : textOf(contentType, body)
  if (text === undefined) return null
  if (!isJson(contentType)) return masked(text)
  try {
    return JSON.parse(masked(text))
  } catch {
    return masked(text)
  }
}

const isJson = (contentType: string) => /^\s*(application\/([^;]+\+)?json|text\/json)\s*(;|$)/i.test(contentType)

function textOf(contentType: string, body: Buffer): string | undefined {
  const isText =
    contentType === '' ||
    isJson(contentType) ||
    /^\s*(text\/|application\/([^;]+\+)?(xml|yaml)|application\/(javascript|x-www-form-urlencoded|x-ndjson))/i.test(
      contentType,
    )
  if (!isText) return undefined
  const charset = /;\s*charset="?([\w.:-]+)/i.exec(contentType)?.[1] ?? 'utf-8'
  try {
    return new TextDecoder(charset, { fatal: true }).decode(body)
  } catch {
    return undefined
  }
}
