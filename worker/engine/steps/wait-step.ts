import { DomainError } from '#platform/errors/domain-error'
import { durationMs, type StepOf, waitMsMax } from '../../../subgraphs/agents/jobs.ts'
import type { StepWork } from '../attempt-step.ts'
import { StepTimeout } from '../step-errors.ts'

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

async function waitForEvent(
  { run, record, frame }: StepWork,
  step: StepOf<'wait'>,
  event: NonNullable<StepOf<'wait'>['event']>,
): Promise<unknown> {
  const decided = record.state as { readonly key: string } | null
  const key = decided?.key ?? (event.key === undefined ? '' : String(await run.evaluate(event.key, frame)))
  record.state = { key }
  for (;;) {
    const answer = run.resolution(record.path)
    if (answer !== undefined) return answer.value ?? null
    try {
      await run.wait(record, { for: 'event', dueMs: Number.POSITIVE_INFINITY, event: { name: event.name, key } }, frame)
    } catch (error) {
      if (step.onTimeout === 'continue' && error instanceof StepTimeout && error.path === record.path) return null
      throw error
    }
  }
}
