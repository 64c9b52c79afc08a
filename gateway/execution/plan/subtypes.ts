/** Which types stand below which in a supergraph, those that clients do not see included. */
export class Subtypes {
  readonly #below: ReadonlyMap<string, ReadonlySet<string>>

  constructor(subtypes: Readonly<Record<string, readonly string[]>>) {
    this.#below = new Map(Object.entries(subtypes).map(([name, below]) => [name, new Set(below)]))
  }

  /** Whether an object of `typename` is one of `condition`. */
  is(typename: string, condition: string): boolean {
    return typename === condition || this.#below.get(condition)?.has(typename) === true
  }
}
