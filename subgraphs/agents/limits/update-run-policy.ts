import { LockMode } from '@mikro-orm/core'
import { write } from '#platform/db/write'
import { InvalidInputError } from '#platform/errors/common-errors'
import type { Ctx } from '#platform/graphql/context'
import { costMax, stepsCompletedMax, tokensMax, waitMsMax } from '../agent/agent.limits.ts'
import { durationWords, parseDuration } from '../agent/definition/duration.ts'
import { RunPolicy as RunPolicyEntity } from './run-policy.entity.ts'
import type { RunPolicy, UpdateRunPolicyInput } from './run-policy.graphql.ts'

export const concurrencyDefault = 50
const concurrencyMax = 1_000

/**
 * Changes what the runs of the caller's organization may use; what is not given stays, and null takes a budget away.
 *
 * @throws InvalidInputError BAD_USER_INPUT for what is out of its bounds
 */
export async function updateRunPolicy(ctx: Ctx, input: UpdateRunPolicyInput): Promise<RunPolicy> {
  const change = checked(input)
  const { organizationId } = ctx.caller
  return write(ctx, 'run-policy.updated', async (tx) => {
    await tx.em.execute(
      `insert into agents.run_policy (organization_id, id, concurrency, updated_at) values (?, ?, ?, now())
       on conflict (organization_id, id) do nothing`,
      [organizationId, organizationId, concurrencyDefault],
    )
    const policy = await tx.em.findOneOrFail(
      RunPolicyEntity,
      { id: organizationId },
      { lockMode: LockMode.PESSIMISTIC_WRITE },
    )
    tx.em.assign(policy, { ...change, updatedAt: new Date() })
    tx.target('organization', organizationId)
    for (const [name, value] of Object.entries(change)) tx.detail(name, value)
    return toldPolicy(policy)
  })
}

/** The policy as it is told; the defaults where nobody has set one. */
export const toldPolicy = (policy: RunPolicyEntity | null): RunPolicy => ({
  concurrency: policy?.concurrency ?? concurrencyDefault,
  steps: policy?.steps ?? null,
  tokens: policy?.tokens ?? null,
  cost: policy?.costMicros == null ? null : policy.costMicros / 1_000_000,
  duration: policy?.durationMs == null ? null : durationText(policy.durationMs),
})

function checked({ concurrency, steps, tokens, cost, duration }: UpdateRunPolicyInput) {
  if (concurrency === null) throw new InvalidInputError('There is no organization without a bound on concurrency.')
  const durationMs = duration == null ? duration : parseDuration(duration)
  if (duration != null && durationMs === undefined) throw new InvalidInputError(durationWords)
  within('concurrency', concurrency, 1, concurrencyMax)
  within('steps', steps, 1, stepsCompletedMax)
  within('tokens', tokens, 1, tokensMax)
  within('cost', cost, 0.000_001, costMax)
  within('duration, in ms,', durationMs, 1, waitMsMax)
  const costMicros = cost == null ? cost : Math.round(cost * 1_000_000)
  const all = { concurrency, steps, tokens, costMicros, durationMs }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as {
    readonly [name: string]: number | null
  }
}

function within(name: string, value: number | null | undefined, least: number, most: number): void {
  if (value != null && !(value >= least && value <= most))
    throw new InvalidInputError(`The ${name} is between ${least} and ${most}.`)
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const

function durationText(ms: number): string {
  let left = ms
  let text = ''
  for (const [unit, size] of units) {
    const count = Math.floor(left / size)
    if (count > 0) text += `${count}${unit}`
    left -= count * size
  }
  return text
}
