import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from '../log/logger.ts'
import { anything, type Change, changesStream, readChange } from './change.ts'
import { openRedis } from './open-redis.ts'
import type { Redis } from './redis.ts'

/** How long one question waits for entries; closing takes as long, at most. */
const blockMs = 1_000
const graceMs = 2_000
const lookMs = 100
const entriesPerRead = 1_000

export interface ChangeListener {
  readonly changed: (change: Change) => void
  /** Anything may have changed: when the feed begins, when Redis goes away, when it is back, or when entries were lost. */
  readonly missed: () => void
}

interface Entry {
  readonly id: string
  readonly message: Readonly<Record<string, string>>
}

/** Reads the stream of changes over a connection of its own, from now on, for as long as it is open. */
export class ChangeFeed {
  readonly #redis: Redis
  readonly #log: Logger
  readonly #listeners = new Set<ChangeListener>()
  readonly #closing = new AbortController()
  readonly #loop: Promise<void>
  /** The id of the last entry read; null while there is none to go on from. */
  #last: string | null = null

  constructor(redis: Redis, log: Logger) {
    this.#redis = redis
    this.#log = log
    this.#loop = this.#run()
  }

  /** Whether changes arrive now. While they do not, whoever must know asks now and then. */
  get isLive(): boolean {
    return this.#last !== null
  }

  /** Called in the turn in which an entry was read. @returns ends it */
  listen(listener: ChangeListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#loop
    await this.#redis.close()
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      try {
        if (this.#last === null) await this.#begin()
        else await this.#read(this.#last)
      } catch (error) {
        if (this.#last !== null && !signal.aborted) this.#miss(error)
        await pause(lookMs, undefined, { signal, ref: false }).catch(() => undefined)
      }
    }
  }

  /** Finds where the stream ends. An id that was read before a gap may be one that a Redis begun anew has not reached. */
  async #begin(): Promise<void> {
    const newest = await this.#redis.run((client) => client.xRevRange(changesStream, '+', '-', { COUNT: 1 }))
    this.#last = newest?.[0]?.id ?? '0-0'
    for (const { missed } of this.#listeners) missed()
  }

  async #read(after: string): Promise<void> {
    const answer = await this.#redis.run((client) =>
      client.xRead({ key: changesStream, id: after }, { BLOCK: blockMs, COUNT: entriesPerRead }),
    )
    const entries = ((answer as { messages: Entry[] }[] | null)?.[0]?.messages ?? []) as readonly Entry[]
    this.#last = entries.at(-1)?.id ?? after
    // Only who is this far behind can have been overtaken by the stream's trimming.
    if (entries.length === entriesPerRead && (await this.#isTrimmedBeyond(after))) return this.#miss('it was trimmed')
    for (const entry of entries) this.#hand(entry)
  }

  async #isTrimmedBeyond(id: string): Promise<boolean> {
    const oldest = await this.#redis.run((client) => client.xRange(changesStream, '-', '+', { COUNT: 1 }))
    return isAfter(oldest?.[0]?.id ?? '0-0', id)
  }

  #hand({ id, message }: Entry): void {
    const change = readChange(message)
    if (change === undefined) this.#log.warn({ entry: id }, 'an entry of changes cannot be read')
    for (const { changed, missed } of this.#listeners) {
      if (change === undefined || change.organizationId === anything) missed()
      else changed(change)
    }
  }

  #miss(cause: unknown): void {
    this.#last = null
    this.#log.info({ err: cause }, 'changes are missed')
    for (const { missed } of this.#listeners) missed()
  }
}

/** @param url of Redis; it may be away: the feed begins when it is there */
export async function openChangeFeed(url: string, log: Logger): Promise<ChangeFeed> {
  return new ChangeFeed(await openRedis({ url, log, name: 'changes', deadlineMs: blockMs + graceMs }), log)
}

function isAfter(one: string, other: string): boolean {
  const [ms = 0, n = 0] = one.split('-').map(Number)
  const [otherMs = 0, otherN = 0] = other.split('-').map(Number)
  return ms > otherMs || (ms === otherMs && n > otherN)
}
