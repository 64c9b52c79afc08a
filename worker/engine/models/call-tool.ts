import { canonicalJson, type StepOf } from '../../../subgraphs/agents/jobs.ts'
import type { ToolCall, ToolResult } from '../../../subgraphs/integrations/jobs.ts'
import { attemptOnce } from '../attempt-once.ts'
import type { StepWork } from '../attempt-step.ts'
import { fillTemplate } from '../fill-template.ts'
import { type Frame, within } from '../frame.ts'
import type { RunInHand } from '../run-in-hand.ts'
import { StepFailedError } from '../step-errors.ts'
import { callAction } from '../steps/tool-step.ts'
import { schemaWords } from './schema-words.ts'

/** Calls that one answer of a model may ask for; the model is told that the rest were not made. */
const callsMax = 20
/** Of one result, as the model is told it: it pays for each character, in this answer and all that follow. */
const charactersToldMax = 64_000

interface Place {
  readonly path: string
  /** Among the calls of its answer. */
  readonly index: number
  readonly frame: Frame
}

/**
 * Calls a tool that a model asked for, as a step of its own. Whatever is wrong with the call, or comes of it, is told to the
 * model, which may know better.
 *
 * @throws RunParked; the signal's reason
 */
export async function callTool(
  run: RunInHand,
  step: StepOf<'agent'>,
  call: ToolCall,
  { path, index, frame }: Place,
): Promise<ToolResult> {
  const told = (value: unknown): ToolResult => ({ callId: call.id, name: call.name, text: toldText(value) })
  const failed = (message: string) => told({ error: { code: 'TOOL_CALL_INVALID', message } })
  const tool = step.tools.find(({ name }) => name === call.name)
  if (tool === undefined) return failed('There is no tool of this name.')
  if (index >= callsMax) return failed(`An answer calls at most ${callsMax} tools. This call was not made.`)
  const faults = run.parts.agents.schemas.compile(tool.parameters).faultsOf(call.arguments)
  if (faults.length > 0) return failed(`The arguments do not fit. ${schemaWords(faults)}.`)
  try {
    const attempted = { path, id: step.id, kind: 'tool' } as const
    return told(await attemptOnce(run, attempted, frame, (work) => callWith(work, tool, call.arguments)))
  } catch (error) {
    if (!(error instanceof StepFailedError)) throw error
    return told({ error: { code: error.code, message: error.message } })
  }
}

async function callWith(work: StepWork, tool: StepOf<'agent'>['tools'][number], given: unknown): Promise<unknown> {
  const seen = within(work.frame, { names: { arguments: given } })
  const evaluate = (expression: string) => work.run.evaluate(expression, seen)
  return callAction(work, tool, tool.with === undefined ? given : await fillTemplate(tool.with, evaluate))
}

/** The same however often it was stored: one question has one wording, or a provider takes its repetition for another. */
function toldText(value: unknown): string {
  const text = typeof value === 'string' ? value : canonicalJson(value)
  if (text.length <= charactersToldMax) return text
  return `${text.slice(0, charactersToldMax)} … (${text.length - charactersToldMax} more characters were left out)`
}
