import { createHmac, createSecretKey, hash, type KeyObject, randomUUID, timingSafeEqual } from 'node:crypto'
import type { Caller } from './caller.ts'

/**
 * Requests between our own processes are signed in the style of HTTP Message Signatures (RFC 9421) with HMAC-SHA256
 * (§3.3.3), over method, path, Content-Digest (RFC 9530), caller and audience, one key for each receiver. A client's
 * Idempotency-Key is covered too, where there is one.
 */
const label = 'forgeops'
const components = '"@method" "@path" "content-digest" "forgeops-caller" "forgeops-audience"'
const withKey = ' "idempotency-key"'
const lifetimeSeconds = 30
const clockSkewSeconds = 5

/** Raw bytes, or a `KeyObject`, with which a signature costs a seventh: who signs often makes one. */
export type SigningKey = Uint8Array | KeyObject

export interface SignedParts {
  readonly method: string
  readonly path: string
  readonly body: Uint8Array | string
}

/** What a good signature says. */
export interface Signed {
  readonly caller: Caller
  /** The client's, for mutations. */
  readonly idempotencyKey: string | null
  /** Never used before at this process, and until `expires` in seconds since the epoch. */
  readonly nonce: string
  readonly expires: number
}

/** Headers that prove to `audience` that a holder of `key` sends this request for `caller`, once, within 30 seconds. */
export function signRequest(
  parts: SignedParts,
  caller: Caller,
  audience: string,
  key: SigningKey,
  idempotencyKey?: string,
): Record<string, string> {
  const created = Math.floor(Date.now() / 1000)
  const headers = {
    'content-digest': contentDigest(parts.body),
    'forgeops-caller': Buffer.from(JSON.stringify(caller)).toString('base64url'),
    'forgeops-audience': audience,
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
  }
  const params = `(${components}${idempotencyKey === undefined ? '' : withKey});created=${created};expires=${created + lifetimeSeconds};nonce="${randomUUID()}";keyid="${audience}";alg="hmac-sha256"`
  return {
    ...headers,
    'signature-input': `${label}=${params}`,
    signature: `${label}=:${hmac(key, signatureBase(parts, headers, params)).toString('base64')}:`,
  }
}

export type Verified = ({ readonly ok: true } & Signed) | { readonly ok: false; readonly reason: string }

const paramsShape =
  /^forgeops=(\(.*\);created=(\d+);expires=(\d+);nonce="([\w-]{16,64})";keyid="([\w-]+)";alg="hmac-sha256")$/

/** Checks what `signRequest` made. `reason` is for the log: the sender learns only that it was refused. */
export class RequestVerifier {
  readonly #audience: string
  readonly #key: KeyObject
  readonly #nonces = new NonceMemory(1_000_000)

  constructor(audience: string, key: Uint8Array) {
    this.#audience = audience
    this.#key = createSecretKey(key)
  }

  verify(parts: SignedParts, headers: Readonly<Record<string, string | string[] | undefined>>): Verified {
    const one = (name: string) => (typeof headers[name] === 'string' ? headers[name] : '')
    const match = paramsShape.exec(one('signature-input'))
    if (match === null) return { ok: false, reason: 'no signature' }
    const [, params = '', created = '', expires = '', nonce = ''] = match
    const now = Date.now() / 1000
    const hasKey = headers['idempotency-key'] !== undefined
    if (!params.startsWith(`(${components}${hasKey ? withKey : ''});`))
      return { ok: false, reason: 'signature covers other components' }
    if (one('forgeops-audience') !== this.#audience) return { ok: false, reason: 'meant for another audience' }
    if (Number(created) > now + clockSkewSeconds || Number(expires) < now)
      return { ok: false, reason: 'outside its time' }
    if (Number(expires) - Number(created) > lifetimeSeconds) return { ok: false, reason: 'lives too long' }
    if (one('content-digest') !== contentDigest(parts.body))
      return { ok: false, reason: 'body differs from its digest' }
    const signed = {
      'content-digest': one('content-digest'),
      'forgeops-caller': one('forgeops-caller'),
      'forgeops-audience': one('forgeops-audience'),
      ...(hasKey ? { 'idempotency-key': one('idempotency-key') } : {}),
    }
    const expected = hmac(this.#key, signatureBase(parts, signed, params))
    const given = Buffer.from(one('signature').slice(label.length + 2, -1), 'base64')
    if (given.length !== expected.length || !timingSafeEqual(given, expected))
      return { ok: false, reason: 'wrong signature' }
    if (!this.#nonces.firstUse(nonce, Number(expires), now)) return { ok: false, reason: 'seen before' }
    const caller = JSON.parse(Buffer.from(signed['forgeops-caller'], 'base64url').toString()) as Caller
    const idempotencyKey = hasKey ? one('idempotency-key') : null
    return { ok: true, caller, idempotencyKey, nonce, expires: Number(expires) }
  }
}

/**
 * The signature of an answer to a signed request: it covers the request's own signature and with it the nonce (RFC 9421
 * §2.4), so that no older answer can be played back.
 *
 * @param requestSignature the request's `signature` header
 */
export function signAnswer(requestSignature: string, body: Uint8Array | string, key: Uint8Array): string {
  const base = `"signature";req;key="${label}": ${requestSignature}\n"content-digest": ${contentDigest(body)}`
  return `${label}=:${hmac(key, base).toString('base64')}:`
}

/** Whether `signature` is what `signAnswer` makes of the rest. */
export function isAnswerSigned(signature: string, requestSignature: string, body: string, key: Uint8Array): boolean {
  const [given, expected] = [Buffer.from(signature), Buffer.from(signAnswer(requestSignature, body, key))]
  return given.length === expected.length && timingSafeEqual(given, expected)
}

/** Nonces of signatures that are still valid. When full, a new one is refused: forgetting one would allow its replay. */
class NonceMemory {
  readonly #expiryByNonce = new Map<string, number>()
  readonly #max: number

  constructor(max: number) {
    this.#max = max
  }

  firstUse(nonce: string, expires: number, now: number): boolean {
    // Insertion order is nearly expiry order: all lifetimes are equal.
    for (const [old, expiry] of this.#expiryByNonce) {
      if (expiry >= now) break
      this.#expiryByNonce.delete(old)
    }
    if (this.#expiryByNonce.has(nonce) || this.#expiryByNonce.size >= this.#max) return false
    this.#expiryByNonce.set(nonce, expires)
    return true
  }
}

const contentDigest = (body: Uint8Array | string) => `sha-256=:${hash('sha256', body, 'base64')}:`
const hmac = (key: SigningKey, text: string) => createHmac('sha256', key).update(text).digest()

/** RFC 9421 §2.5. */
function signatureBase(parts: SignedParts, headers: Record<string, string>, params: string): string {
  const lines = Object.entries(headers).map(([name, value]) => `"${name}": ${value}`)
  return [`"@method": ${parts.method}`, `"@path": ${parts.path}`, ...lines, `"@signature-params": ${params}`].join('\n')
}
