import type { Redis } from '#platform/redis/redis'
import type { Lifetime } from './freshness.ts'

export interface Kept extends Lifetime {
  /** JSON. */
  readonly text: string
}

/** When something was last changed, by tag: some text that is another one after each change. */
export type Epochs = ReadonlyMap<string, string>

export interface SharedRead {
  readonly kept: ReadonlyMap<string, Kept>
  readonly epochs: Epochs
}

const prefix = 'forgeops:cache:'
const everything = '*'
/** Longer than anything is kept: what it struck out is gone before it is forgotten. */
const epochSeconds = 2 * 3_600
const textMax = 200_000

/**
 * What all gateways keep together, in Redis: nothing without an end, nothing longer than 200 000 characters, under keys that
 * are hashes. An entry carries the epochs of what it speaks of, taken before it was read: a change gives them new ones, and
 * with that strikes out also what is written later by a gateway that read before.
 */
export class SharedLayer {
  readonly #redis: Redis
  readonly #isFollowing: () => boolean
  /** A change could not be written: until one that strikes out everything was, nothing here is to be believed. */
  #isStale = false

  /** @param isFollowing whether changes arrive now: while they do not, nothing is read here */
  constructor(redis: Redis, isFollowing: () => boolean) {
    this.#redis = redis
    this.#isFollowing = isFollowing
  }

  /** @returns null when it cannot be asked, or not be believed */
  async read(keys: readonly string[], tags: readonly string[]): Promise<SharedRead | null> {
    if (!this.#isFollowing() || !this.#redis.isReady) return null
    if (this.#isStale && !(await this.strikeAll())) return null
    const all = [everything, ...tags]
    const asked = [...all.map(epochKey), ...keys.map((key) => prefix + key)]
    const answers = await this.#redis.run((client) => client.mGet(asked)).catch(() => null)
    if (answers === null || !this.#isFollowing()) return null
    const epochs = new Map(all.map((tag, i) => [tag, answers[i] ?? '']))
    const kept = new Map<string, Kept>()
    for (const [i, key] of keys.entries()) {
      const entry = entryIn(answers[all.length + i] ?? null, epochs)
      if (entry !== null) kept.set(key, entry)
    }
    return { kept, epochs }
  }

  /** @param epochs those of before the text was read; @returns whether it was taken */
  async write(key: string, kept: Kept, tags: readonly string[], epochs: Epochs): Promise<boolean> {
    const leftMs = Math.floor(kept.expiresAt - Date.now())
    if (kept.text.length > textMax || leftMs < 1 || this.#isStale) return false
    const stamps = [everything, ...tags].map((tag) => [tag, epochs.get(tag) ?? ''])
    const value = JSON.stringify([stamps, kept.bornAt, kept.expiresAt, kept.isPublic, kept.text])
    const done = this.#redis.run((client) =>
      client.set(prefix + key, value, { expiration: { type: 'PX', value: leftMs } }),
    )
    return done.then(
      () => true,
      () => false,
    )
  }

  async strike(tags: readonly string[]): Promise<boolean> {
    const epoch = crypto.randomUUID()
    const done = this.#redis.run((client) => {
      const batch = client.multi()
      for (const tag of tags) batch.set(epochKey(tag), epoch, { expiration: { type: 'EX', value: epochSeconds } })
      return batch.exec()
    })
    return done.then(
      () => true,
      () => {
        this.#isStale = true
        return false
      },
    )
  }

  async strikeAll(): Promise<boolean> {
    const done = await this.strike([everything])
    if (done) this.#isStale = false
    return done
  }
}

const epochKey = (tag: string) => `${prefix}epoch:${tag}`

/** An entry as it was written, unless something it speaks of has changed since. */
function entryIn(value: string | null, epochs: Epochs): Kept | null {
  if (value === null) return null
  try {
    const [stamps, bornAt, expiresAt, isPublic, text] = JSON.parse(value)
    const isCurrent = stamps.every(([tag, epoch]: [string, string]) => epochs.get(tag) === epoch)
    return isCurrent && expiresAt > Date.now() ? { bornAt, expiresAt, isPublic, text } : null
  } catch {
    return null
  }
}
