import { crc32 } from 'node:zlib'
import { systemCaller, systemOrganizationId } from '#platform/caller/caller'
import { keyAnswer, type VerifiedKey } from '#platform/caller/verified-key'
import { signedCall } from '#platform/http/signed-call'

/** Asks identity for a key as a gateway does. */
export async function verifyKey(
  identity: { readonly url: string; readonly config: { readonly requestKey: Uint8Array } },
  key: string,
  client = { address: '203.0.113.20', userAgent: 'script' },
): Promise<VerifiedKey | null> {
  const answer = await signedCall({
    url: new URL('/api-keys/verify', identity.url),
    audience: 'api-keys',
    key: identity.config.requestKey,
    caller: { ...systemCaller(systemOrganizationId), ...client },
    body: { key },
    timeoutMs: 5_000,
  })
  return keyAnswer.parse(answer).key
}

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** A number in base 62, as keys have it. */
export function base62(value: bigint, length: number): string {
  let [rest, text] = [value, '']
  for (; text.length < length; rest /= 62n) text = digits.charAt(Number(rest % 62n)) + text
  return text
}

/** A key with a secret of one's own choice: well made, checksum and all, as anybody can make one. */
export const forgedKey = (prefix: string, secret: string): string =>
  `${prefix}_${secret}_${base62(BigInt(crc32(`${prefix}_${secret}`)), 6)}`
