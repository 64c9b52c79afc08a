/** Names of operations as values of a metric's label: of what clients make up only so many are told apart. */
export class OperationNames {
  readonly #ours = new Set<string>()
  readonly #strangers = new Set<string>()
  readonly #strangersMax: number

  constructor(strangersMax = 100) {
    this.#strangersMax = strangersMax
  }

  /** From now on these are always told apart: they are as many as the files that hold them. */
  tellApart(names: Iterable<string>): void {
    for (const name of names) this.#ours.add(name)
  }

  /** @returns the name, `other` when there are too many, `unnamed` for none */
  label(name: string | null): string {
    if (name === null) return 'unnamed'
    if (this.#ours.has(name) || this.#strangers.has(name)) return name
    if (this.#strangers.size >= this.#strangersMax || !/^[_A-Za-z]\w{0,63}$/.test(name)) return 'other'
    this.#strangers.add(name)
    return name
  }
}

const operationStart = /(?:^|[\s}])(?:query|mutation|subscription)\s+([_A-Za-z]\w*)/
const searchedCharsMax = 2_000

/** The name of the first operation of a text that may be no GraphQL at all: a guess, for counting only. */
export const guessName = (text: string): string | null =>
  operationStart.exec(text.slice(0, searchedCharsMax))?.[1] ?? null
