import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { isId } from '#platform/id'

/**
 * A token that only we can read: where its row is (organization and id, so that no look-up crosses tenants) and two
 * secrets of 128 bits, of which only hashes are stored. Fast hashes are enough for secrets of that size (ASVS 5, 6.5.2).
 * The first secret stays through all renewals, so that a spent token can be told from a made-up one.
 */
export interface OpaqueToken {
  readonly organizationId: string
  readonly id: string
  /** Two hashes of 32 hexadecimal digits each: of the first secret, and of both together. */
  readonly hash: string
}

type NewToken = OpaqueToken & { readonly text: string }

const placeBytes = 32
const secretBytes = 16
const tokenBytes = placeBytes + 2 * secretBytes

export const newOpaqueToken = (organizationId: string, id: string): NewToken =>
  tokenOf(Buffer.from(`${organizationId}${id}`.replaceAll('-', ''), 'hex'), randomBytes(2 * secretBytes))

/**
 * The next token of the same place: the given one's first secret with a new second one, which only a holder of `key` can
 * tell. Derived, not drawn, so that the same successor can be given twice while only its hash is kept.
 */
export function renewOpaqueToken(text: string, key: Uint8Array): NewToken {
  const bytes = Buffer.from(text, 'base64url')
  const first = bytes.subarray(placeBytes, placeBytes + secretBytes)
  const second = createHmac('sha256', key).update('refresh-token').update(bytes).digest().subarray(0, secretBytes)
  return tokenOf(bytes.subarray(0, placeBytes), Buffer.concat([first, second]))
}

/** @returns undefined for anything that is not of the shape */
export function readOpaqueToken(text: string): OpaqueToken | undefined {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.length !== tokenBytes) return undefined
  const token = tokenOf(bytes.subarray(0, placeBytes), bytes.subarray(placeBytes))
  return isId(token.organizationId) && isId(token.id) ? token : undefined
}

export const sameHash = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))

/** Whether two hashes are of a token and of one that it was renewed to, or from. */
export const sameOrigin = (a: string, b: string): boolean => sameHash(a.slice(0, halfDigits), b.slice(0, halfDigits))

const halfDigits = 32
const hashOf = (secret: Uint8Array) => createHash('sha256').update(secret).digest('hex').slice(0, halfDigits)

function tokenOf(place: Buffer, secrets: Buffer): NewToken {
  return {
    organizationId: uuid(place.subarray(0, 16)),
    id: uuid(place.subarray(16, 32)),
    hash: hashOf(secrets.subarray(0, secretBytes)) + hashOf(secrets),
    text: Buffer.concat([place, secrets]).toString('base64url'),
  }
}

function uuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
