/**
 * How many runs a worker takes at a time: few until it has shown that it lives, then twice as many with each round of
 * completed steps (as TCP's slow start, RFC 5681 §3.1). Where workers die one after the other, each takes few runs along.
 */
export class SlowStart {
  #room: number
  #steps = 0
  readonly #max: number

  constructor(first: number, max: number) {
    this.#room = first
    this.#max = max
  }

  get room(): number {
    return this.#room
  }

  /** A completed step was stored. @returns whether there is more room than before */
  progressed(): boolean {
    if (this.#room === this.#max || ++this.#steps < this.#room) return false
    this.#steps = 0
    this.#room = Math.min(this.#max, this.#room * 2)
    return true
  }
}
