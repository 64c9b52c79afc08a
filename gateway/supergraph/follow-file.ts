import { type FSWatcher, watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'

export interface FollowOptions {
  readonly path: string
  /** How often the file is read whatever the system tells: a mounted volume tells nothing. */
  readonly pollMs: number
  /** Hears of each new content, one at a time; what it throws is its own affair. */
  readonly onChange: (text: string) => Promise<void>
}

const settleMs = 50

/** Follows the content of one file: written in place, replaced, or exchanged by a link as Kubernetes does. */
export class FileFollower {
  readonly #options: FollowOptions
  #known: string
  #watcher: FSWatcher | undefined
  #timer: NodeJS.Timeout | undefined
  #reading: Promise<void> = Promise.resolve()
  #isClosed = false

  /** @param known the content that was read already */
  constructor(options: FollowOptions, known: string) {
    this.#options = options
    this.#known = known
  }

  start(): this {
    this.#schedule(this.#options.pollMs)
    try {
      const name = basename(this.#options.path)
      this.#watcher = watch(dirname(this.#options.path), { persistent: false }, (_event, changed) => {
        if (changed === null || changed === name || changed.startsWith('..')) this.#schedule(settleMs)
      }).on('error', () => this.#watcher?.close())
    } catch {
      // Watching only makes it sooner.
    }
    return this
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#watcher?.close()
    clearTimeout(this.#timer)
    await this.#reading
  }

  #schedule(afterMs: number): void {
    if (this.#isClosed) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#reading = this.#reading.then(() => this.#look())
      this.#schedule(this.#options.pollMs)
    }, afterMs).unref()
  }

  async #look(): Promise<void> {
    // A file that is away for a moment, as while it is replaced, has not changed.
    const text = await readFile(this.#options.path, 'utf8').catch(() => this.#known)
    if (this.#isClosed || text === this.#known) return
    this.#known = text
    await this.#options.onChange(text)
  }
}
