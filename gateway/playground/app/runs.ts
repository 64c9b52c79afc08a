import type { Answer, Operation } from './send-operation.ts'
import type { Session } from './session.ts'

/** `extensions.cost` of an answer, as the gateway reports it. */
export interface CostReport {
  estimated: number
  actual: number
  maximum: number | null
  largestList: { path: string; items: number } | null
}

/** What the operations that were run last did cost, by their texts. */
export class Runs {
  readonly #listeners = new Set<() => void>()
  #last: { query: string; cost: CostReport } | null = null

  readonly last = () => this.#last

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  ended(query: string, cost: CostReport): void {
    this.#last = { query, cost }
    for (const listener of this.#listeners) listener()
  }
}

/** Sends an operation of the editor, keeping what it did cost for the panel beside the answer. */
export async function sendCosted(
  session: Session,
  operation: Operation,
  headers: Record<string, string>,
  runs: Runs,
): Promise<Answer> {
  if (operation.operationName === 'IntrospectionQuery') return session.send(operation, headers)
  const answer = await session.send({ ...operation, extensions: { ...operation.extensions, cost: true } }, headers)
  const { cost, ...others } = answer.extensions ?? {}
  if (cost === undefined) return answer
  runs.ended(operation.query, cost as CostReport)
  const { extensions: _all, ...rest } = answer
  return Object.keys(others).length === 0 ? rest : { ...rest, extensions: others }
}
