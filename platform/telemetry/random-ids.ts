import { randomBytes } from 'node:crypto'

const poolBytes = 4_096

/** Ids of traces and spans. Bytes are drawn in bulk: drawn one id at a time they would be the dearest part of a span. */
export class RandomIds {
  #pool = ''
  #used = 0

  /** 32 hexadecimal digits. */
  traceId(): string {
    return this.#take(32)
  }

  /** 16 hexadecimal digits. */
  spanId(): string {
    return this.#take(16)
  }

  #take(length: number): string {
    if (this.#used + length > this.#pool.length) {
      this.#pool = randomBytes(poolBytes).toString('hex')
      this.#used = 0
    }
    this.#used += length
    return this.#pool.slice(this.#used - length, this.#used)
  }
}
