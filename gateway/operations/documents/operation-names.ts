/** Names of operations as values of a metric's label: of what clients make up only so many are told apart. */
export class OperationNames {
  readonly #known: Set<string>
  readonly #namesMax: number

  /** @param known always told apart */
  constructor(known: Iterable<string>, strangersMax = 100) {
    this.#known = new Set(known)
    this.#namesMax = this.#known.size + strangersMax
  }

  /** @returns the name, `other` when there are too many, `unnamed` for none */
  label(name: string | null): string {
    if (name === null) return 'unnamed'
    if (this.#known.has(name)) return name
    if (this.#known.size >= this.#namesMax || !/^[_A-Za-z]\w{0,63}$/.test(name)) return 'other'
    this.#known.add(name)
    return name
  }
}

const operationStart = /(?:^|[\s}])(?:query|mutation|subscription)\s+([_A-Za-z]\w*)/
const searchedCharsMax = 2_000

/** The name of the first operation of a text that may be no GraphQL at all: a guess, for counting only. */
export const guessName = (text: string): string | null =>
  operationStart.exec(text.slice(0, searchedCharsMax))?.[1] ?? null
