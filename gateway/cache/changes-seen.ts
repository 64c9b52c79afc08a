/** Longer than any read takes, and any answer is kept in memory. */
const rememberedMs = 120_000
const rememberedMax = 100_000

/**
 * What this process knows to have changed, in an order of its own: whatever was read at an earlier position than the change
 * of something it speaks of is out of date, also when it comes to be kept only after the change.
 */
export class ChangesSeen {
  readonly #positions = new Map<string, { readonly position: number; readonly at: number }>()
  #position = 0
  /** Everything that was read before it is out of date. */
  #floor = 0

  get position(): number {
    return this.#position
  }

  mark(tags: Iterable<string>): void {
    this.#position += 1
    const at = performance.now()
    for (const tag of tags) {
      // Set anew at the end, so that the oldest stand in front.
      this.#positions.delete(tag)
      this.#positions.set(tag, { position: this.#position, at })
    }
    for (const [tag, seen] of this.#positions) {
      if (seen.at > at - rememberedMs && this.#positions.size <= rememberedMax) return
      this.#positions.delete(tag)
      this.#floor = Math.max(this.#floor, seen.position)
    }
  }

  /** Anything may have changed. */
  markAll(): void {
    this.#position += 1
    this.#floor = this.#position
    this.#positions.clear()
  }

  isChangedSince(position: number, tags: Iterable<string>): boolean {
    if (position < this.#floor) return true
    for (const tag of tags) if ((this.#positions.get(tag)?.position ?? 0) > position) return true
    return false
  }
}
