import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import type { SecretBox } from '#platform/crypto/secret-box'
import { SecretUnreadableError } from '#platform/crypto/secret-box.errors'
import { SigningKeysUnreadableError } from './signing-key.errors.ts'

/** The public half of an Ed25519 key as it is published (RFC 7517 §4, RFC 8037 §2). */
export interface PublicJwk {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519'
  readonly x: string
  readonly kid: string
  readonly alg: 'EdDSA'
  readonly use: 'sig'
}

export interface StoredPair {
  readonly kid: string
  readonly publicJwk: PublicJwk
  readonly publicProof: string
  readonly privateSealed?: string | null | undefined
}

const placeOf = (kid: string, half: 'public' | 'private') => ['signing-key', kid, half]

/** Makes an Ed25519 pair, named by its thumbprint; the private half leaves this function sealed only. */
export async function newSigningKey(box: SecretBox): Promise<StoredPair & { readonly privateSealed: string }> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const { d: _private, ...rest } = await exportJWK(privateKey)
  const kid = await calculateJwkThumbprint(rest)
  const publicJwk: PublicJwk = { kty: 'OKP', crv: 'Ed25519', x: rest.x ?? '', kid, alg: 'EdDSA', use: 'sig' }
  return {
    kid,
    publicJwk,
    publicProof: box.seal(JSON.stringify(publicJwk), placeOf(kid, 'public')),
    privateSealed: box.seal(JSON.stringify({ ...rest, d: _private }), placeOf(kid, 'private')),
  }
}

/**
 * Opens the private half, for signing only: it cannot be taken out of the key that this gives.
 *
 * @throws SigningKeysUnreadableError when it was sealed with another secrets key, or is gone
 */
export async function openSigningKey(stored: StoredPair, box: SecretBox): Promise<CryptoKey> {
  if (typeof stored.privateSealed !== 'string') throw new SigningKeysUnreadableError(stored.kid)
  const jwk = JSON.parse(opened(stored.privateSealed, stored.kid, 'private', box)) as JWK
  return (await importJWK(jwk, 'EdDSA', { extractable: false })) as CryptoKey
}

/** Whether this pair's private half can be opened with this box. */
export const canOpen = (stored: StoredPair, box: SecretBox): Promise<boolean> =>
  openSigningKey(stored, box).then(
    () => true,
    () => false,
  )

/**
 * The public key as its proof has it, whatever else stands in the row: who writes in the table without the secrets key
 * cannot have a key of theirs published.
 *
 * @throws SigningKeysUnreadableError
 */
export const provenPublicKey = (stored: StoredPair, box: SecretBox): PublicJwk =>
  JSON.parse(opened(stored.publicProof, stored.kid, 'public', box)) as PublicJwk

function opened(sealed: string, kid: string, half: 'public' | 'private', box: SecretBox): string {
  try {
    return box.open(sealed, placeOf(kid, half))
  } catch (error) {
    if (error instanceof SecretUnreadableError) throw new SigningKeysUnreadableError(kid)
    throw error
  }
}
