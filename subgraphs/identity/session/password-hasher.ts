import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { type Argon2idHash, costMax, type HashCost, isBelow, printHash, readHash } from './argon2id-hash.ts'
import { SignInBusyError } from './session.errors.ts'

/** ASVS 5 Appendix C: argon2id with one pass and one lane needs at least 46 MiB. */
const costMin: HashCost = { memoryKib: 47_104, passes: 1, lanes: 1 }
const tagLength = 32
const derive = promisify(argon2) as (algorithm: 'argon2id', parameters: Argon2Parameters) => Promise<Buffer>

/**
 * Hashes passwords with argon2id (RFC 9106), at most `concurrencyMax` at a time: hashing runs on libuv's threads, which
 * file and name look-ups share, so it must never have all of them.
 */
export class PasswordHasher {
  readonly #cost: HashCost
  readonly #concurrencyMax: number
  readonly #queueMax: number
  readonly #waitMsMax: number
  readonly #waiting: (() => void)[] = []
  #running = 0
  #derivations = 0
  readonly #unknownUser: Promise<Argon2idHash>

  /** @throws RangeError when `cost` is below what ASVS asks for, or above what would be read again */
  constructor({ cost = costMin, concurrencyMax = 2, queueMax = 100, waitMsMax = 8_000 } = {}) {
    if (isBelow(cost, costMin) || isBelow(costMax, cost)) throw new RangeError('This is no cost for a password hash.')
    this.#cost = cost
    this.#concurrencyMax = concurrencyMax
    this.#queueMax = queueMax
    this.#waitMsMax = waitMsMax
    this.#unknownUser = this.#newHash(randomBytes(16).toString('hex'))
  }

  /** How many times argon2id was run. */
  get derivations(): number {
    return this.#derivations
  }

  /** @returns a PHC string that keeps its own parameters */
  async hash(password: string): Promise<string> {
    return printHash(await this.#newHash(password))
  }

  /**
   * Whether the password is the hash's. `undefined`, and what is no hash of ours, stand for an unknown user: they cost
   * the same work, and no password is theirs.
   */
  async verify(password: string, hash: string | undefined): Promise<boolean> {
    const known = hash === undefined ? undefined : readHash(hash)
    const { cost, nonce, tag } = known ?? (await this.#unknownUser)
    const given = await this.#derive(password, cost, nonce, tag.length)
    return timingSafeEqual(given, tag) && known !== undefined
  }

  /** Whether a stored hash is worth less than one that would be made now. */
  isOutdated(hash: string): boolean {
    const known = readHash(hash)
    return known !== undefined && isBelow(known.cost, this.#cost)
  }

  async #newHash(password: string): Promise<Argon2idHash> {
    const nonce = randomBytes(16)
    return { cost: this.#cost, nonce, tag: await this.#derive(password, this.#cost, nonce, tagLength) }
  }

  #derive(message: string, cost: HashCost, nonce: Buffer, length: number): Promise<Buffer> {
    return this.#turn(() => {
      this.#derivations += 1
      const { memoryKib: memory, passes, lanes: parallelism } = cost
      return derive('argon2id', { message, nonce, memory, passes, parallelism, tagLength: length })
    })
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
