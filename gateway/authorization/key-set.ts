import { z } from 'zod'

/** The public members of an Ed25519 key (RFC 8037); whatever else the source published is dropped here. */
export const publicKey = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().regex(/^[\w-]{43}$/),
  kid: z.string().max(200).exactOptional(),
  use: z.literal('sig').exactOptional(),
  alg: z.enum(['EdDSA', 'Ed25519']).exactOptional(),
})

export interface KeySet {
  readonly keys: readonly z.infer<typeof publicKey>[]
}

const published = z.object({ keys: z.array(z.unknown()).max(100) })

/**
 * Reads a JSON Web Key Set (RFC 7517 §5); keys that are not for checking our tokens are left out (§5: "ignore").
 *
 * @throws Error when it is none, or has no key for us
 */
export function readKeySet(text: string): KeySet {
  const keys = published.parse(JSON.parse(text)).keys.flatMap((key) => {
    const read = publicKey.safeParse(key)
    return read.success ? [read.data] : []
  })
  if (keys.length === 0) throw new Error('no Ed25519 keys')
  return { keys }
}
