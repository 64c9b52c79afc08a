import { RE2JS } from 're2js'

/** Of a pattern, in characters. */
export const patternLengthMax = 500
/** Of the text that a pattern is tried on, in characters: a longer one does not match. */
export const matchedLengthMax = 10_000
/** Instructions of the automaton; matching takes time in proportion to them and to the text. */
const programSizeMax = 2_000

/**
 * A regular expression that takes time in proportion to the text it is tried on, whoever wrote it (the RE2 algorithm: no
 * backtracking, hence neither look-around nor back references).
 */
export class LinearRegExp {
  readonly #source: string
  readonly #compiled: RE2JS

  /** @throws SyntaxError in words for whoever wrote the pattern */
  constructor(source: string) {
    if (source.length > patternLengthMax) throw new SyntaxError(`A pattern has at most ${patternLengthMax} characters.`)
    try {
      this.#compiled = RE2JS.compile(RE2JS.translateRegExp(source))
    } catch {
      throw new SyntaxError('The pattern is not valid, or has look-around or back references, which take too long.')
    }
    if (this.#compiled.programSize() > programSizeMax) throw new SyntaxError('The pattern repeats too much.')
    this.#source = source
  }

  /** Whether the pattern matches anywhere in the text. */
  test(text: string): boolean {
    return text.length <= matchedLengthMax && this.#compiled.matcher(text).find()
  }

  /** By this ajv tells patterns apart. */
  toString(): string {
    return `/${this.#source}/`
  }
}
