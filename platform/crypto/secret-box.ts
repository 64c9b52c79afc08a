import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import { SecretTooLongError, SecretUnreadableError } from './secret-box.errors.ts'

/** Where a secret belongs, from the widest to the narrowest name. A sealed value opens in that very place only. */
export type SecretPlace = readonly string[]

interface BoxKey {
  readonly id: string
  readonly secret: Buffer
}

const VERSION = 'v1'
const CIPHER = 'aes-256-gcm'
const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
const PLAIN_BYTES_MAX = 64 * 1024
const LABEL = 'forgeops.secret-box'

/**
 * Seals small secrets (passwords, tokens) for storage with AES-256-GCM: 96-bit random nonce (NIST SP 800-38D §8.2.2),
 * 128-bit tag, the secret's place as associated data. One key must not seal more than 2^32 values (§8.3).
 *
 * A sealed value reads `v1.<key id>.<base64url of nonce, ciphertext, tag>`. The key id is derived from the key, so rotating
 * means putting a new key in front of the list: it seals, the older ones still open.
 */
export class SecretBox {
  readonly #current: BoxKey
  readonly #ring: ReadonlyMap<string, BoxKey>

  /**
   * @param keys 32 random bytes each; the first seals, all open
   * @throws RangeError when a key has another length
   */
  constructor(keys: readonly [Buffer, ...Buffer[]]) {
    const [first, ...older] = keys
    this.#current = boxKey(first)
    this.#ring = new Map([this.#current, ...older.map(boxKey)].map((key) => [key.id, key]))
  }

  /**
   * @param plain at most 64 KiB of well-formed Unicode; may be empty
   * @throws SecretTooLongError SECRET_TOO_LONG
   * @throws RangeError when a string holds half a surrogate pair, which UTF-8 cannot carry
   */
  seal(plain: string, place: SecretPlace): string {
    const text = utf8(plain)
    if (text.length > PLAIN_BYTES_MAX) throw new SecretTooLongError(PLAIN_BYTES_MAX)
    const { id, secret } = this.#current
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv(CIPHER, secret, nonce, { authTagLength: TAG_BYTES })
    cipher.setAAD(associatedData(id, place))
    const sealed = Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()])
    return `${VERSION}.${id}.${sealed.toString('base64url')}`
  }

  /**
   * @throws SecretUnreadableError SECRET_UNREADABLE, in the same public words for every cause: damaged, forged, sealed
   *   for another place, or by a key that is not in the ring (only the log tells that one, for whoever rotates keys)
   */
  open(sealed: string, place: SecretPlace): string {
    const [version, keyId, body, ...rest] = sealed.split('.')
    if (version !== VERSION || keyId === undefined || body === undefined || rest.length > 0)
      throw new SecretUnreadableError('not an envelope of a known version')
    const key = this.#ring.get(keyId)
    if (key === undefined) throw new SecretUnreadableError('sealed by a key that is not in the ring')
    const bytes = Buffer.from(body, 'base64url')
    // Buffer ignores what is not base64url; one secret must not have many spellings.
    if (bytes.length < NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== body)
      throw new SecretUnreadableError('does not open')
    const decipher = createDecipheriv(CIPHER, key.secret, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
    decipher.setAAD(associatedData(key.id, place))
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
    try {
      const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES))
      return Buffer.concat([text, decipher.final()]).toString('utf8')
    } catch {
      throw new SecretUnreadableError('does not open')
    }
  }
}

function boxKey(secret: Buffer): BoxKey {
  if (secret.length !== KEY_BYTES) throw new RangeError(`a secret box key is ${KEY_BYTES} bytes long`)
  const id = createHmac('sha256', secret).update(`${LABEL}.key-id`).digest('base64url').slice(0, 11)
  return { id, secret }
}

/** Every part carries its length in front, so that no two lists of names give the same bytes. */
function associatedData(keyId: string, place: SecretPlace): Buffer {
  return Buffer.concat([LABEL, VERSION, keyId, ...place].flatMap(lengthAndBytes))
}

function lengthAndBytes(part: string): Buffer[] {
  const bytes = utf8(part)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return [length, bytes]
}

function utf8(text: string): Buffer {
  if (!text.isWellFormed()) throw new RangeError('text with half a surrogate pair cannot be sealed')
  return Buffer.from(text, 'utf8')
}
