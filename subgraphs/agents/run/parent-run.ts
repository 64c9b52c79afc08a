import { runQueued } from '#contracts/run-queued.event'
import type { Tx } from '#platform/db/write'
import type { Ctx } from '#platform/graphql/context'
import type { Resolution } from '../step/step-record.ts'
import type { RunEnding } from './run.entity.ts'
import { runIs } from './run.status.ts'

/** A run and the step that started it, if one did. */
export interface ChildRun {
  readonly runId: string
  readonly parentRunId: string | null
  readonly parentPath: string | null
}

/** The path of a step and which of its attempts started a run, as one text. */
export const parentPathOf = ({ path, attempt }: { readonly path: string; readonly attempt: number }): string =>
  attempt === 1 ? path : `${path}#${attempt}`

/**
 * Answers the step that started a run with the run's end and what it used, in the transaction that stores the end. Whoever ends a run holds
 * its row and then takes its parent's; nobody takes a child's row while they hold a parent's, so that none of them wait for
 * each other in a circle.
 */
export async function answerParent(
  ctx: Ctx,
  tx: Tx,
  { runId, parentRunId, parentPath }: ChildRun,
  end: RunEnding & { readonly output?: unknown },
): Promise<void> {
  if (parentRunId === null || parentPath === null) return
  const { organizationId } = ctx.caller
  const [, path, attempt = '1'] = /^(.*?)(?:#([0-9]+))?$/.exec(parentPath) ?? []
  const parents = await tx.em.execute<object[]>(
    `select 1 from agents.run where organization_id = ? and id = ? and ${runIs.unfinished} for update`,
    [organizationId, parentRunId],
  )
  if (parents.length === 0) return
  const answered = await tx.em.execute<object[]>(
    `update agents.step set resolution = jsonb_set(?::jsonb, '{value,used}', (
         select jsonb_build_object('inputTokens', child.input_tokens, 'outputTokens', child.output_tokens,
           'costMicros', child.cost_micros)
         from agents.run as child where child.organization_id = step.organization_id and child.id = ?))
       where organization_id = ? and run_id = ? and path = ? and attempt = ?
       and kind = 'subagent' and status in ('RUNNING', 'WAITING') returning id`,
    [JSON.stringify(resolutionOf(runId, end)), runId, organizationId, parentRunId, path, Number(attempt)],
  )
  if (answered.length === 0) return
  await tx.em.execute(
    `update agents.run set due_at = now() where organization_id = ? and id = ? and ${runIs.waiting} returning id`,
    [organizationId, parentRunId],
  )
  tx.emit(runQueued, { runId: parentRunId }, `run:${parentRunId}`)
}

function resolutionOf(runId: string, { status, error, output }: RunEnding & { readonly output?: unknown }): Resolution {
  if (status === 'SUCCEEDED') return { status, value: { runId, output: output ?? null } }
  const cancelled = { code: 'SUBAGENT_CANCELLED', message: 'The run that the step started was cancelled.' }
  const { code, message } = error ?? cancelled
  return { status: 'FAILED', value: { runId }, error: { code, message } }
}
