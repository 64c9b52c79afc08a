import { DomainError } from '#platform/errors/domain-error'
import type { Ctx } from '#platform/graphql/context'
import type { Span } from '#platform/telemetry/span'
import { traceIdOf } from '#platform/telemetry/trace-context'
import type { Tracer } from '#platform/telemetry/tracer'
import { type AdvanceRun, type ClaimedRun, claimRun, finishRun, releaseRun } from '../../subgraphs/agents/jobs.ts'
import type { WorkerParts } from '../parts.ts'
import { runTokenSource } from '../run-tokens.ts'
import { executeSteps } from './execute-steps.ts'
import { LeaseKeeper, RunStopped } from './lease.ts'
import { RunProgress, StepFailedError } from './run-progress.ts'

/**
 * Takes a run as far as it goes. Does nothing when another worker has it, or when it is finished; safe to call for any
 * run at any time. A step that was begun but not stored runs again, with the same effect key; a stored one never does.
 *
 * @param within the span of whatever made us look
 * @param shutdown aborted when this worker stops: the run is given back and goes on elsewhere
 */
export async function advanceRun(
  parts: WorkerParts,
  hint: AdvanceRun,
  within: Span,
  shutdown: AbortSignal,
): Promise<void> {
  const run = await claimRun(
    parts.ctxFor('agents', { ...hint, span: within }),
    hint.runId,
    parts.owner,
    parts.runLeaseMs,
  )
  if (run === undefined) return
  // In the name of the request that started the run, also when only a sweep knew of it.
  const span = runSpan(parts.tracer, run, within)
  const ctx = parts.ctxFor('agents', { ...run, span })
  using lease = new LeaseKeeper(ctx, run, parts.runLeaseMs)
  const onShutdown = () => lease.stop('shutting down')
  shutdown.addEventListener('abort', onShutdown, { once: true })
  if (shutdown.aborted) onShutdown()
  if (run.cancelRequested) lease.stop('cancelled')
  try {
    const output = await outputOf(ctx, run, parts, lease.signal)
    await finishRun(ctx, run, { status: 'SUCCEEDED', output })
  } catch (error) {
    markEnd(span, error)
    await settle(ctx, run, error)
  } finally {
    shutdown.removeEventListener('abort', onShutdown)
    span.end()
  }
}

/** Stands in the trace of the request that started the run; a sweep, which has a trace of its own, only found it. */
function runSpan(tracer: Tracer, { traceparent }: ClaimedRun, within: Span): Span {
  return traceIdOf(within.traceparent) === traceIdOf(traceparent)
    ? within.child('run')
    : tracer.begin('run', 'consumer', { traceparent })
}

function markEnd(span: Span, error: unknown): void {
  if (error instanceof DomainError) span.refuse(error.code)
  else if (!(error instanceof RunStopped)) span.fail(error instanceof Error ? error.name : 'Error')
}

async function outputOf(ctx: Ctx, run: ClaimedRun, parts: WorkerParts, signal: AbortSignal): Promise<unknown> {
  const runToken = runTokenSource(parts.identityUrl, parts.requestKey, {
    ...run,
    userId: run.startedBy,
    traceparent: ctx.traceparent,
  })
  const progress = new RunProgress(ctx, run, parts, runToken, signal)
  await executeSteps(progress, run.definition.steps)
  signal.throwIfAborted()
  if (run.definition.output !== undefined) return (await progress.evaluate(run.definition.output)) ?? null
  const last = run.definition.steps.at(-1)
  return last === undefined ? null : (progress.outputs[last.id] ?? null)
}

/** A run that no owner gets to its end is given up. */
const ownersMax = 10

async function settle(ctx: Ctx, run: ClaimedRun, error: unknown): Promise<void> {
  const fields = { runId: run.runId, epoch: run.epoch }
  if ((error as { code?: string }).code === 'RUN_LEASE_LOST')
    return ctx.log.warn(fields, 'run taken over by another worker')
  if (error instanceof RunStopped) {
    if (error.reason === 'lease lost') return ctx.log.warn(fields, 'lease lost; the run goes on elsewhere')
    if (error.reason === 'shutting down') return releaseRun(ctx, run)
    return finishRun(ctx, run, { status: 'CANCELLED' })
  }
  if (error instanceof StepFailedError) {
    return finishRun(ctx, run, {
      status: 'FAILED',
      error: { code: error.code, message: error.message, step: error.step },
    })
  }
  // An expression of the definition's own `output`, or an output too large to keep, is the definition's failure.
  if (error instanceof DomainError)
    return finishRun(ctx, run, { status: 'FAILED', error: { code: error.code, message: error.message, step: null } })
  // Steps turn their own faults into words, so this is the database's, or ours: the run is left to its next owner.
  if (run.epoch < ownersMax) return ctx.log.error({ ...fields, err: error }, 'run interrupted; it goes on later')
  ctx.log.error({ ...fields, err: error }, 'run failed unexpectedly')
  return finishRun(ctx, run, {
    status: 'FAILED',
    error: { code: 'INTERNAL_SERVER_ERROR', message: 'Something went wrong on our side.', step: null },
  })
}
