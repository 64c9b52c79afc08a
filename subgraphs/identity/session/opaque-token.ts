import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { isId } from '#platform/id'

/**
 * A token that only we can read: where its row is (organization and id, so that no look-up crosses tenants) and a
 * 256-bit secret, of which only the hash is stored. A fast hash is enough for a secret of that size (ASVS 5, 6.5.2).
 */
export interface OpaqueToken {
  readonly organizationId: string
  readonly id: string
  readonly hash: string
}

export function newOpaqueToken(organizationId: string, id: string): OpaqueToken & { readonly text: string } {
  const secret = randomBytes(32)
  const place = Buffer.from(`${organizationId}${id}`.replaceAll('-', ''), 'hex')
  return { organizationId, id, hash: hashOf(secret), text: Buffer.concat([place, secret]).toString('base64url') }
}

/** @returns undefined for anything that is not of the shape */
export function readOpaqueToken(text: string): OpaqueToken | undefined {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.length !== 64) return undefined
  const [organizationId, id] = [uuid(bytes.subarray(0, 16)), uuid(bytes.subarray(16, 32))]
  return isId(organizationId) && isId(id) ? { organizationId, id, hash: hashOf(bytes.subarray(32)) } : undefined
}

export const sameHash = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))

const hashOf = (secret: Uint8Array) => createHash('sha256').update(secret).digest('hex')

function uuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
