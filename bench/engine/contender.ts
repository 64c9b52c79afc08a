/** One engine: starts a run of so many steps, and tells how long a run took, in ms. */
export interface Contender {
  start(steps: number): Promise<string>
  /** ms since 1970 of a run's start and end, by one clock; undefined until it has ended. */
  span(id: string): Promise<readonly [number, number] | undefined>
  spans(ids: readonly string[]): Promise<readonly (readonly [number, number])[]>
  close(): Promise<void>
}
