import { StringDecoder } from 'node:string_decoder'
import { SubgraphFailure } from '../execution/subgraph-answer.ts'

/** One block of an event stream. */
export interface StreamBlock {
  /** Empty when the block names none. */
  readonly event: string
  /** Empty when the block has none. */
  readonly data: string
  /** Null when the block has none. */
  readonly id: string | null
}

const blockCharactersMax = 4_000_000
const lineEnd = /\r\n|\n|\r/g

/**
 * Reads an event stream (WHATWG HTML §9.2.6) as it comes in. Unlike a browser's reader it hands out a block that has an id
 * only; comments, and blocks of nothing else, it leaves out.
 */
export class EventStreamReader {
  readonly #decoder = new StringDecoder('utf8')
  #rest = ''
  #event = ''
  #data = ''
  #hasData = false
  #id: string | null = null
  #isFirst = true

  /**
   * @returns the blocks that this chunk ends, in their order
   * @throws SubgraphFailure when one is longer than four million characters
   */
  push(chunk: Buffer): StreamBlock[] {
    const blocks: StreamBlock[] = []
    const text = this.#rest + this.#decoder.write(chunk)
    // Whether a line feed follows the last carriage return, the next chunk tells.
    const end = text.endsWith('\r') ? text.length - 1 : text.length
    let start = 0
    for (const match of text.slice(0, end).matchAll(lineEnd)) {
      this.#line(text.slice(start, match.index), blocks)
      start = match.index + match[0].length
    }
    this.#rest = text.slice(start)
    if (this.#rest.length + this.#data.length > blockCharactersMax)
      throw new SubgraphFailure('bad_answer', 'an event is too long')
    return blocks
  }

  #line(line: string, blocks: StreamBlock[]): void {
    if (line === '') {
      this.#dispatch(blocks)
      return
    }
    const text = this.#isFirst && line.startsWith('\uFEFF') ? line.slice(1) : line
    this.#isFirst = false
    const colon = text.indexOf(':')
    const field = colon < 0 ? text : text.slice(0, colon)
    const from = text[colon + 1] === ' ' ? colon + 2 : colon + 1
    const value = colon < 0 ? '' : text.slice(from)
    if (field === 'data') {
      this.#data += this.#hasData ? `\n${value}` : value
      this.#hasData = true
    } else if (field === 'event') this.#event = value
    else if (field === 'id' && !value.includes('\0')) this.#id = value
  }

  #dispatch(blocks: StreamBlock[]): void {
    if (this.#hasData || this.#event !== '' || this.#id !== null)
      blocks.push({ event: this.#event, data: this.#data, id: this.#id })
    this.#event = ''
    this.#data = ''
    this.#hasData = false
    this.#id = null
  }
}
