import { call, callRecorded, type Recorded } from '#platform/db/call'
import type { Tx } from '#platform/db/write'
import type { Ctx } from '#platform/graphql/context'
import type { NewApproval } from '../../approval/request-approvals.ts'
import type { StepRecord } from '../../step/step-record.ts'
import type { RunEnding } from '../run.entity.ts'
import { RunLeaseLostError } from '../run.errors.ts'
import type { RunHold, RunUsage } from './claimed-run.ts'

/** One transition of a run, as its event tells it. */
export interface Transition {
  readonly id: string
  readonly type: `${'run' | 'step'}.${string}`
  readonly data: Readonly<Record<string, unknown>>
  /** ISO 8601. */
  readonly at: string
}

/** What an owner stores at once. */
export interface RunCommit extends RunUsage {
  /** 1 for the owner's first commit, and one more with each; sending a commit again is harmless. */
  readonly number: number
  readonly steps: readonly (StepRecord & { readonly outputRef?: string })[]
  readonly events: readonly Transition[]
  /** What people are asked for by steps that wait from now on. */
  readonly approvals?: readonly NewApproval[]
  /** Ids of approvals that, unless they were settled, nobody waits for any more. */
  readonly withdrawn?: readonly string[]
  /** Outputs that stand beside their steps, which name them. */
  readonly payloads?: readonly { readonly id: string; readonly content: unknown }[]
  /** Of the outputs of steps that ended since the last commit, as JSON. */
  readonly payloadBytes?: number
  /** From now on the run is being brought to this end. */
  readonly ending?: RunEnding
  /** How the run leaves the owner's hands, if it does. */
  readonly leaves?: 'parked' | 'released' | 'ended'
  /** Of a parked run, when the first of what it waits for is due: ISO 8601; without it, once something is answered. */
  readonly dueAt?: string
  readonly end?: RunEnding & { readonly output?: unknown }
}

export interface Committed {
  /** The commit was stored before, and its answer lost. */
  readonly repeated: boolean
  /** Of a parked run: what it waits for came meanwhile. */
  readonly dueNow: boolean
}

const commitFunction = { name: 'agents.commit_run', types: ['uuid', 'int', 'jsonb'] } as const

/**
 * Stores what an owner has done, in one statement, as long as the run is theirs.
 *
 * @throws RunLeaseLostError RUN_LEASE_LOST when somebody else owns the run by now, or it has ended: nothing was stored
 */
export async function commitRun(ctx: Ctx, { runId, epoch }: RunHold, commit: RunCommit): Promise<Committed> {
  return held(await call<Committed | null>(ctx, commitFunction, [runId, epoch, JSON.stringify(commit)]), runId, epoch)
}

/** The same with an audit record and events, unless it was stored before. */
export async function commitRunRecorded(
  ctx: Ctx,
  { runId, epoch }: RunHold,
  commit: RunCommit,
  recorded: Recorded,
): Promise<Committed> {
  const values = [runId, epoch, JSON.stringify(commit)]
  return held(await callRecorded<Committed | null>(ctx, commitFunction, values, recorded), runId, epoch)
}

/** The same as part of a transaction that stores something else besides, e.g. an audit record. */
export async function commitRunWithin(
  ctx: Ctx,
  tx: Tx,
  { runId, epoch }: RunHold,
  commit: RunCommit,
): Promise<Committed> {
  const rows = await tx.em.execute<{ result: Committed | null }[]>(
    'select agents.commit_run(?::uuid, ?::uuid, ?::int, ?::jsonb) as result',
    [ctx.caller.organizationId, runId, epoch, JSON.stringify(commit)],
  )
  return held(rows[0]?.result ?? null, runId, epoch)
}

function held(committed: Committed | null, runId: string, epoch: number): Committed {
  if (committed === null) throw new RunLeaseLostError(runId, epoch)
  return committed
}
