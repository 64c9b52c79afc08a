import type { Caller } from '../caller/caller.ts'
import { isAnswerSigned, signRequest } from '../caller/message-signature.ts'

/** An internal address did not answer as it should. `status` is null when there was no answer that could be trusted. */
export class SignedCallError extends Error {
  readonly status: number | null
  constructor(message: string, status: number | null, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SignedCallError'
    this.status = status
  }
}

export interface SignedCall {
  readonly url: URL
  readonly audience: string
  readonly key: Uint8Array
  readonly caller: Caller
  readonly body: unknown
  readonly timeoutMs: number
  readonly headers?: Readonly<Record<string, string>>
}

const answerCharactersMax = 4_000_000

/**
 * Calls an address that `registerSignedRoute` made.
 *
 * @returns the parsed answer, whose signature is checked
 * @throws SignedCallError for everything but a signed 200
 */
export async function signedCall({
  url,
  audience,
  key,
  caller,
  body,
  timeoutMs,
  headers,
}: SignedCall): Promise<unknown> {
  const text = JSON.stringify(body)
  const signed = signRequest({ method: 'POST', path: url.pathname, body: text }, caller, audience, key)
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, ...signed, 'content-type': 'application/json' },
      body: text,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    })
    const answer = await response.text()
    if (!response.ok) throw new SignedCallError(`answered ${response.status}`, response.status)
    if (answer.length > answerCharactersMax) throw new SignedCallError('answered too much', null)
    if (!isAnswerSigned(response.headers.get('signature') ?? '', signed.signature ?? '', answer, key))
      throw new SignedCallError('the answer is not signed by whom it should be', null)
    return JSON.parse(answer)
  } catch (cause) {
    if (cause instanceof SignedCallError) throw cause
    throw new SignedCallError('could not be asked', null, { cause })
  }
}
