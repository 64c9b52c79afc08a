import type { Logger } from '#platform/log/logger'

const rememberedMax = 10_000

/** Warns once about each thing while the process lives: a list that is asked for often must not fill the log. */
export class WarnOnce {
  readonly #seen = new Set<string>()

  /** @param key what the warning is about; the same key is silent from then on */
  warn(log: Logger, key: string, fields: Readonly<Record<string, unknown>>, message: string): void {
    if (this.#seen.has(key)) return
    if (this.#seen.size >= rememberedMax) this.#seen.clear()
    this.#seen.add(key)
    log.warn(fields, message)
  }
}
