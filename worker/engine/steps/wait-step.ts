import { DomainError } from '#platform/errors/domain-error'
import {
  durationMs,
  eventKeyLengthMax,
  type StepOf,
  storableText,
  takeEvent,
  waitMsMax,
} from '../../../subgraphs/agents/jobs.ts'
import type { StepWork } from '../attempt-step.ts'
import { StepTimeout } from '../step-errors.ts'
import type { Waiting } from '../steps-in-hand.ts'

class WaitKeyInvalidError extends DomainError {
  constructor() {
    super(
      'STEP_KEY_INVALID',
      `The key to wait for has more than ${eventKeyLengthMax} characters, or none that can be stored.`,
    )
  }
}

class WaitTimeInvalidError extends DomainError {
  constructor() {
    super('STEP_TIME_INVALID', 'The time to wait for is no ISO 8601 time within a year from now.')
  }
}

/** Waits for a time. @returns when it ended, as `{ endedAt }`; of an event what came with it */
export async function runWait(work: StepWork, step: StepOf<'wait'>): Promise<unknown> {
  return step.event === undefined ? waitForTime(work, step) : waitForEvent(work, step, step.event)
}

async function waitForTime({ run, record, frame }: StepWork, step: StepOf<'wait'>): Promise<unknown> {
  const decided = record.state as { readonly untilMs: number } | null
  const untilMs = decided?.untilMs ?? (await decide())
  while (run.now() < untilMs) await run.wait(record, { for: 'timer', dueMs: untilMs }, frame)
  return { endedAt: new Date(run.now()).toISOString() }

  async function decide(): Promise<number> {
    const untilMs = step.for === undefined ? await timeOf() : Date.parse(record.startedAt) + durationMs(step.for)
    record.state = { untilMs }
    return untilMs
  }

  async function timeOf(): Promise<number> {
    const told = await run.evaluate(step.until ?? 'null', frame)
    const ms = typeof told === 'number' ? told : Date.parse(String(told))
    if (!Number.isFinite(ms) || ms > run.now() + waitMsMax) throw new WaitTimeInvalidError()
    return ms
  }
}

/**
 * The wait is stored before events that came earlier are looked through: one that comes later finds it stored, and so
 * none falls in between.
 */
async function waitForEvent(
  { run, record, frame, ctx }: StepWork,
  step: StepOf<'wait'>,
  { name, key: keyExpression }: NonNullable<StepOf<'wait'>['event']>,
): Promise<unknown> {
  const decided = record.state as { readonly key: string; readonly looked?: number } | null
  const key = decided?.key ?? (keyExpression === undefined ? '' : await keyOf(keyExpression))
  const waiting: Waiting = { for: 'event', dueMs: Number.POSITIVE_INFINITY, event: { name, key } }
  const answered = run.steps.resolution(record.path)
  if (answered !== undefined) return answered.value ?? null
  if (decided?.looked !== record.attempt) {
    record.state = { key }
    run.steps.beginWait(record, waiting)
    await run.journal.store()
    const taken = await takeEvent(ctx, run.run, record.id)
    if (taken !== undefined) return taken.value ?? null
    record.state = { key, looked: record.attempt }
    run.journal.keep(record)
  }
  try {
    for (;;) await run.wait(record, waiting, frame)
  } catch (error) {
    if (!(error instanceof StepTimeout && error.path === record.path)) throw error
    // It may have come in time, while other branches of the run went on.
    const taken = await takeEvent(ctx, run.run, record.id)
    if (taken !== undefined) return taken.value ?? null
    if (step.onTimeout === 'continue') return null
    throw error
  }

  async function keyOf(expression: string): Promise<string> {
    const key = String((await run.evaluate(expression, frame)) ?? '')
    if (key.length > eventKeyLengthMax || storableText(key) !== key) throw new WaitKeyInvalidError()
    return key
  }
}
