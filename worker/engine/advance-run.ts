import { DomainError } from '#platform/errors/domain-error'
import type { Ctx } from '#platform/graphql/context'
import type { Span } from '#platform/telemetry/span'
import { traceIdOf } from '#platform/telemetry/trace-context'
import type { Tracer } from '#platform/telemetry/tracer'
import {
  type AdvanceRun,
  type ClaimedRun,
  type RunClaims,
  type RunEnding,
  setRunAside,
} from '../../subgraphs/agents/jobs.ts'
import type { WorkerParts } from '../parts.ts'
import { runTokenSource } from '../run-tokens.ts'
import { bringToEnd, outputOf } from './end-run.ts'
import { isLeaseLost } from './lease-lost.ts'
import { RunInHand } from './run-in-hand.ts'
import { runSteps } from './run-steps.ts'
import { RunParked, RunStopped } from './run-stopped.ts'
import type { RunsInHand } from './runs-in-hand.ts'
import { publicError } from './step-errors.ts'

/** When a parked run is due next (ISO 8601): at once, at a time, or only when somebody answers. */
export type NextLook = 'now' | { readonly at: string } | undefined

/**
 * Takes a run as far as it goes. Does nothing when another worker has it, when it waits, or when it has ended; safe to call
 * for any run at any time. An effect that was begun but not stored runs again, with the same effect key; a stored one never
 * does.
 *
 * @param within the span of whatever made us look
 */
export async function advanceRun(
  parts: WorkerParts,
  claims: RunClaims,
  inHand: RunsInHand,
  hint: AdvanceRun,
  within: Span,
): Promise<NextLook> {
  const claimed = await claims.claim(parts.ctxFor('agents', { ...hint, span: within }), hint.runId)
  if (claimed === undefined) return undefined
  // In the name of the request that started the run, also when only a sweep knew of it.
  const span = runSpan(parts.tracer, claimed, within)
  const ctx = parts.ctxFor('agents', { ...claimed, span })
  if (await isSetAside(ctx, claimed, span)) return undefined
  const runToken = runTokenSource(parts.identityUrl, parts.requestKey, {
    ...claimed,
    userId: claimed.startedBy,
    traceparent: ctx.traceparent,
  })
  const run = new RunInHand(ctx, claimed, parts, runToken, inHand.hold(claimed))
  try {
    return await settle(run, span)
  } catch (error) {
    return left(run, error)
  } finally {
    run.journal.close()
    inHand.release(claimed.runId)
    span.end()
  }
}

/** Whether the run has killed too many workers to be executed once more. What cannot be stored now is tried at the next claim. */
async function isSetAside(ctx: Ctx, run: ClaimedRun, span: Span): Promise<boolean> {
  try {
    const aside = await setRunAside(ctx, run)
    const { runId, epoch, ownersLost } = run
    if (aside) ctx.log.error({ runId, epoch, ownersLost }, 'run set aside: its workers were lost one after the other')
    if (aside) span.end()
    return aside
  } catch (error) {
    span.fail(error instanceof Error ? error.name : 'Error')
    span.end()
    throw error
  }
}

/** Stands in the trace of the request that started the run; a sweep, which has a trace of its own, only found it. */
function runSpan(tracer: Tracer, { traceparent }: ClaimedRun, within: Span): Span {
  return traceIdOf(within.traceparent) === traceIdOf(traceparent)
    ? within.child('run')
    : tracer.begin('run', 'consumer', { traceparent })
}

/** Executes the run until it ends, waits or has to be left, and stores which. */
async function settle(run: RunInHand, span: Span): Promise<NextLook> {
  try {
    const { output, ...ending }: Outcome = run.run.ending ?? (await outcome(run, span))
    return await bringToEnd(run, ending, output)
  } catch (error) {
    if (error instanceof RunParked) return park(run)
    markEnd(span, error)
    throw error
  }
}

type Outcome = RunEnding & { readonly output?: unknown }

/** Executes the run's steps. @throws RunParked; whatever is no end of the run */
async function outcome(run: RunInHand, span: Span): Promise<Outcome> {
  try {
    const { signal, deadlineMs, stop } = run.budget.within(run.signal)
    const frame = { prefix: '', steps: {}, names: {}, signal, deadlineMs }
    const last = await runSteps(run, run.run.definition.steps, frame).finally(stop)
    run.signal.throwIfAborted()
    return { status: 'SUCCEEDED', output: await outputOf(run, frame, last) }
  } catch (error) {
    const ending = endingOf(error)
    if (ending === undefined) throw error
    markEnd(span, error)
    return ending
  }
}

async function park(run: RunInHand): Promise<NextLook> {
  const dueAt = run.parkedUntil()
  const { dueNow } = await run.journal.leave('parked', dueAt)
  if (dueNow) return 'now'
  return dueAt === undefined ? undefined : { at: dueAt }
}

/** The end that an error is for the run; undefined when it is none, but only somebody else's turn. */
function endingOf(error: unknown): RunEnding | undefined {
  if (error instanceof RunStopped) return error.reason === 'cancelled' ? { status: 'CANCELLED' } : undefined
  if (isLeaseLost(error) || !(error instanceof DomainError)) return undefined
  return {
    status: 'FAILED',
    error: { step: null, ...publicError(error) },
  }
}

/** What is neither the run's end nor its wait: it goes on elsewhere, or later. */
async function left(run: RunInHand, error: unknown): Promise<NextLook> {
  const { runId, epoch } = run.run
  const fields = { runId, epoch }
  if (isLeaseLost(error)) {
    run.ctx.log.warn(fields, 'lease lost; the run goes on elsewhere')
    return undefined
  }
  if (error instanceof RunStopped) {
    run.journal.tell('run.released', { epoch })
    await run.journal.leave('released')
    return undefined
  }
  // Steps turn their own faults into words, so this is the database's, or ours: the run is left to its next owner.
  run.ctx.log.error({ ...fields, err: error }, 'run interrupted; it goes on later')
  return undefined
}

function markEnd(span: Span, error: unknown): void {
  if (error instanceof DomainError) span.refuse(error.code)
  else if (!(error instanceof RunStopped || error instanceof RunParked))
    span.fail(error instanceof Error ? error.name : 'Error')
}
