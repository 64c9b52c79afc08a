import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { SignInBusyError } from './session.errors.ts'

/** ASVS 5 Appendix C: argon2id with one pass needs at least 46 MiB. */
const memoryKib = 47_104
const passes = 1
const parallelism = 1
const tagLength = 32
const derive = promisify(argon2) as (algorithm: 'argon2id', parameters: Argon2Parameters) => Promise<Buffer>
const phcShape = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

/**
 * Hashes passwords with argon2id (RFC 9106), at most `concurrencyMax` at a time: hashing runs on libuv's threads, which
 * file and name look-ups share, so it must never have all of them.
 */
export class PasswordHasher {
  readonly #concurrencyMax: number
  readonly #queueMax: number
  readonly #waitMsMax: number
  readonly #waiting: (() => void)[] = []
  #running = 0
  readonly #unknownUserHash: Promise<string>

  constructor({ concurrencyMax = 2, queueMax = 100, waitMsMax = 8_000 } = {}) {
    this.#concurrencyMax = concurrencyMax
    this.#queueMax = queueMax
    this.#waitMsMax = waitMsMax
    this.#unknownUserHash = this.hash(randomBytes(16).toString('hex'))
  }

  /** @returns a PHC string that keeps its own parameters */
  hash(password: string): Promise<string> {
    return this.#turn(async () => {
      const nonce = randomBytes(16)
      const tag = await derive('argon2id', {
        message: password,
        nonce,
        parallelism,
        tagLength,
        memory: memoryKib,
        passes,
      })
      return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${parallelism}$${base64(nonce)}$${base64(tag)}`
    })
  }

  /** Whether the password is the hash's; `undefined` stands for an unknown user and costs the same work. */
  async verify(password: string, hash: string | undefined): Promise<boolean> {
    const match = phcShape.exec(hash ?? (await this.#unknownUserHash))
    if (match === null) return false
    const [, memory, t, p, nonce = '', tag = ''] = match
    const expected = Buffer.from(tag, 'base64')
    const given = await this.#turn(() =>
      derive('argon2id', {
        message: password,
        nonce: Buffer.from(nonce, 'base64'),
        memory: Number(memory),
        passes: Number(t),
        parallelism: Number(p),
        tagLength: expected.length,
      }),
    )
    return timingSafeEqual(given, expected) && hash !== undefined
  }

  async #turn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#concurrencyMax) this.#running += 1
    else await this.#nextPlace()
    try {
      return await work()
    } finally {
      // Handed over, not freed: a newcomer must not slip in between and take a place too many.
      const next = this.#waiting.shift()
      if (next === undefined) this.#running -= 1
      else next()
    }
  }

  /** Waits for a place that another gives up. Whoever waits too long has lost their client by then. */
  #nextPlace(): Promise<void> {
    if (this.#waiting.length >= this.#queueMax) throw new SignInBusyError()
    return new Promise((resolve, reject) => {
      const take = () => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1)
        reject(new SignInBusyError())
      }, this.#waitMsMax)
      this.#waiting.push(take)
    })
  }
}

const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
