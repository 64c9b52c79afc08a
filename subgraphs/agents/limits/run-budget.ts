import { stepsCompletedMax } from '../agent/agent.limits.ts'
import type { Definition } from '../agent/definition/definition.ts'
import { durationMs } from '../agent/definition/duration.ts'

/** What one run may use up; infinity where nothing bounds it. */
export interface RunBudget {
  /** Steps completed. */
  readonly steps: number
  /** To and from models together. */
  readonly tokens: number
  /** In millionths of a US dollar. */
  readonly costMicros: number
  /** From its first claim on, waits included. */
  readonly durationMs: number
}

/** What an organization allows each of its runs; null where it says nothing. */
export type PolicyBudget = { readonly [K in keyof RunBudget]: number | null }

/** The budget of a run: of what its definition, its organization and the platform allow, the least. */
export function runBudget({ limits = {} }: Pick<Definition, 'limits'>, policy: PolicyBudget | null): RunBudget {
  const { steps, tokens, cost, duration } = limits
  return {
    steps: least(stepsCompletedMax, steps, policy?.steps),
    tokens: least(tokens, policy?.tokens),
    costMicros: least(cost === undefined ? undefined : Math.round(cost * 1_000_000), policy?.costMicros),
    durationMs: least(duration === undefined ? undefined : durationMs(duration), policy?.durationMs),
  }
}

const least = (...limits: readonly (number | null | undefined)[]): number =>
  Math.min(...limits.map((limit) => limit ?? Number.POSITIVE_INFINITY))
