import { Counter } from 'prom-client'
import type { Logger } from '../log/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { anything, type Change, changesStream } from './change.ts'
import type { Redis } from './redis.ts'

const entriesKept = 10_000
/** What waits to be written; beyond it everything counts as changed. */
const waitingMax = 5_000
const subjectsPerEntry = 200
const againMs = 500

/**
 * Writes the stream of changes, best effort: nobody waits for it. What could not be written is not written later; once
 * Redis takes entries again, one says that anything may have changed.
 */
export class ChangeWriter {
  readonly #redis: Redis
  readonly #log: Logger
  readonly #entries: Counter<'outcome'>
  readonly #waiting = new Map<string, Set<string>>()
  #waitingCount = 0
  #lost = false
  #writing: Promise<void> | undefined
  #again: NodeJS.Timeout | undefined
  #closed = false

  /** @param redis closed by whoever opened it, after this */
  constructor(redis: Redis, log: Logger, { registry }: Metrics) {
    this.#redis = redis
    this.#log = log
    this.#entries = new Counter({
      name: 'change_entries_total',
      help: 'Entries for the stream of changes, written or lost',
      labelNames: ['outcome'],
      registers: [registry],
    })
  }

  /** To be called after the change is committed. What is told while an entry is on its way goes out together. */
  tell({ organizationId, subjects }: Change): void {
    if (this.#lost || this.#closed) return
    const waiting = this.#waiting.get(organizationId) ?? new Set()
    this.#waiting.set(organizationId, waiting)
    this.#waitingCount -= waiting.size
    for (const subject of subjects) waiting.add(subject)
    this.#waitingCount += waiting.size
    if (this.#waitingCount > waitingMax) this.#lose(new Error(`more than ${waitingMax} changes wait`))
    else this.#writing ??= this.#write()
  }

  /** Writes what still waits. */
  async close(): Promise<void> {
    await this.#writing
    this.#closed = true
    clearTimeout(this.#again)
  }

  /** @param first what goes ahead of what waits */
  async #write(first: readonly Change[] = []): Promise<void> {
    try {
      // Not within the turn in which it is told, so that what is told together is written together.
      await Promise.resolve()
      for (let entries = first; entries.length > 0 || this.#waiting.size > 0; entries = []) {
        const all = [...entries, ...this.#takeWaiting()]
        await Promise.all(all.map((entry) => this.#add(entry)))
      }
    } catch (error) {
      this.#lose(error)
    } finally {
      this.#writing = undefined
    }
  }

  async #add({ organizationId, subjects }: Change): Promise<void> {
    try {
      await this.#redis.run((client) =>
        client.xAdd(
          changesStream,
          '*',
          { organization: organizationId, subjects: JSON.stringify(subjects) },
          { TRIM: { strategy: 'MAXLEN', strategyModifier: '~', threshold: entriesKept } },
        ),
      )
      this.#entries.inc({ outcome: 'written' })
    } catch (error) {
      this.#entries.inc({ outcome: 'lost' })
      throw error
    }
  }

  #takeWaiting(): readonly Change[] {
    const entries = [...this.#waiting].flatMap(([organizationId, subjects]) => entriesOf(organizationId, [...subjects]))
    this.#waiting.clear()
    this.#waitingCount = 0
    return entries
  }

  #lose(error: unknown): void {
    this.#takeWaiting()
    if (this.#lost || this.#closed) return
    this.#lost = true
    // Redis itself says in the log when it goes and comes.
    this.#log.debug({ err: error }, 'changes were not told')
    this.#again = setTimeout(() => this.#tryAgain(), againMs).unref()
  }

  #tryAgain(): void {
    this.#lost = false
    // What is told from now on goes out behind it, or is lost with it.
    if (this.#writing === undefined) this.#writing = this.#write([{ organizationId: anything, subjects: [anything] }])
    else this.#lose(new Error('an earlier entry is still on its way'))
  }
}

function entriesOf(organizationId: string, subjects: readonly string[]): Change[] {
  const parts = Math.ceil(subjects.length / subjectsPerEntry)
  return Array.from({ length: parts }, (_, i) => ({
    organizationId,
    subjects: subjects.slice(i * subjectsPerEntry, (i + 1) * subjectsPerEntry),
  }))
}
