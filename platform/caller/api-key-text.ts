import { createHash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { isId } from '../id.ts'

/**
 * The text of an API key: `fo_<environment>_<public id>_<secret>_<checksum>`, all but the first two in base 62, which
 * survives double clicks and URLs. The public id says where the key's row is (organization and id, so that no look-up
 * crosses tenants); the secret has 256 random bits, of which a fast hash is stored (ASVS 5, 6.5.2); the checksum is the
 * CRC-32 of all before it, so that scanners and the edge tell a key from noise without asking anybody.
 */
const shape = /^fo_(?:live|dev)_([0-9A-Za-z]{43})_([0-9A-Za-z]{43})_([0-9A-Za-z]{6})$/
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const idDigits = 43
const checksumDigits = 6
const idBytes = 32

/** Which house a key is for, readable in the key. */
export type ApiKeyMark = 'live' | 'dev'

export interface ApiKeyPlace {
  readonly organizationId: string
  readonly id: string
  /** SHA-256 of the secret, in hexadecimal. */
  readonly secretHash: string
}

export interface NewApiKeyText {
  readonly text: string
  /** All before the secret: names the key without giving it away. */
  readonly prefix: string
  readonly secretHash: string
}

/** Draws the secret of a new key. */
export function newApiKeyText(mark: ApiKeyMark, organizationId: string, id: string): NewApiKeyText {
  const place = Buffer.from(`${organizationId}${id}`.replaceAll('-', ''), 'hex')
  const prefix = `fo_${mark}_${toBase62(place, idDigits)}`
  const secret = toBase62(randomBytes(idBytes), idDigits)
  return { text: `${prefix}_${secret}_${checksumOf(`${prefix}_${secret}`)}`, prefix, secretHash: hashOf(secret) }
}

/** Whether a text can be a key at all: of the shape, and no letter mistyped. Says nothing of whether there is such a key. */
export function isApiKeyText(text: string): boolean {
  const match = shape.exec(text)
  return match !== null && checksumOf(text.slice(0, -checksumDigits - 1)) === match[3]
}

/** @returns undefined for a text that cannot be a key */
export function readApiKeyText(text: string): ApiKeyPlace | undefined {
  const [, publicId, secret] = (isApiKeyText(text) && shape.exec(text)) || []
  const place = publicId === undefined ? undefined : fromBase62(publicId)
  if (place === undefined || secret === undefined) return undefined
  const [organizationId, id] = [uuid(place.slice(0, idBytes)), uuid(place.slice(idBytes))]
  return isId(organizationId) && isId(id) ? { organizationId, id, secretHash: hashOf(secret) } : undefined
}

const hashOf = (secret: string) => createHash('sha256').update(secret).digest('hex')
const checksumOf = (text: string) => numberToBase62(BigInt(crc32(text)), checksumDigits)
const toBase62 = (bytes: Buffer, length: number) => numberToBase62(BigInt(`0x${bytes.toString('hex')}`), length)

function numberToBase62(value: bigint, length: number): string {
  let text = ''
  for (let rest = value; text.length < length; rest /= 62n) text = digits.charAt(Number(rest % 62n)) + text
  return text
}

/** @returns 32 bytes in hexadecimal; undefined for a number that needs more */
function fromBase62(text: string): string | undefined {
  let value = 0n
  for (const digit of text) value = value * 62n + BigInt(digits.indexOf(digit))
  const hex = value.toString(16).padStart(2 * idBytes, '0')
  return hex.length > 2 * idBytes ? undefined : hex
}

const uuid = (hex: string) =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
