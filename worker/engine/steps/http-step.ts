import type { StepOf } from '../../../subgraphs/agents/jobs.ts'
import { organizationParts, performRequest } from '../../../subgraphs/integrations/jobs.ts'
import type { StepWork } from '../attempt-step.ts'
import { fillTemplate } from '../fill-template.ts'
import { integrationsCtx } from '../integrations-ctx.ts'
import { noteInput } from '../note-input.ts'
import { timeLeftMs } from '../time-left.ts'

/** Calls an address on the public internet, or one that the organization has opened to itself. @returns `{status, headers, body}` */
export async function runHttp(work: StepWork, step: StepOf<'http'>): Promise<unknown> {
  const { run, record, frame } = work
  const fill = (template: unknown) => fillTemplate(template, (expression) => run.evaluate(expression, frame))
  const { method, idempotent } = step
  const headers = (await fill(step.headers ?? {})) as Record<string, unknown>
  const sent = {
    method,
    url: String(await fill(step.url)),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    body: await fill(step.body),
  }
  noteInput(record, sent)
  const { outbound } = await organizationParts(integrationsCtx(work))
  return performRequest(outbound, {
    ...sent,
    idempotent,
    effectKey: record.effectKey,
    timeoutMs: timeLeftMs(work),
    signal: frame.signal,
    secrets: [],
  })
}
