import { canonicalJson, type StepOf, storableText } from '../../../subgraphs/agents/jobs.ts'
import type { ToolCall, ToolResult } from '../../../subgraphs/integrations/jobs.ts'
import { attemptOnce } from '../attempt-once.ts'
import type { StepWork } from '../attempt-step.ts'
import { fillTemplate } from '../fill-template.ts'
import { type Frame, within } from '../frame.ts'
import type { RunInHand } from '../run-in-hand.ts'
import { StepFailedError } from '../step-errors.ts'
import { approveWithin } from '../steps/approval-step.ts'
import { callAction } from '../steps/tool-step.ts'
import { schemaWords } from './schema-words.ts'

/** Calls that one answer of a model may ask for; the model is told that the rest were not made. */
const callsMax = 20
/** Of one result, as the model is told it: it pays for each character, in this answer and all that follow. */
const charactersToldMax = 64_000

type Tool = StepOf<'agent'>['tools'][number]

interface Place {
  /** Of the step that a part of the call is; the same each time. */
  readonly pathOf: (part: 'input' | 'approval' | 'call') => string
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
  place: Place,
): Promise<ToolResult> {
  const told = (value: unknown): ToolResult => ({ callId: call.id, name: call.name, text: toldText(value) })
  const failed = (message: string) => told({ error: { code: 'TOOL_CALL_INVALID', message } })
  const tool = step.tools.find(({ name }) => name === call.name)
  if (tool === undefined) return failed('There is no tool of this name.')
  if (place.index >= callsMax) return failed(`An answer calls at most ${callsMax} tools. This call was not made.`)
  const faults = run.parts.agents.schemas.compile(tool.parameters).faultsOf(call.arguments)
  if (faults.length > 0) return failed(`The arguments do not fit. ${schemaWords(faults)}.`)
  try {
    const approved = tool.approval === undefined ? undefined : await approvedInput(run, step, tool, call, place)
    const attempted = { path: place.pathOf('call'), id: step.id, kind: 'tool' } as const
    return told(
      await attemptOnce(run, attempted, place.frame, async (work) =>
        callAction(work, tool, approved === undefined ? await inputOf(work, tool, call) : approved.input),
      ),
    )
  } catch (error) {
    if (!(error instanceof StepFailedError)) throw error
    return told({ error: { code: error.code, message: error.message } })
  }
}

/**
 * What the tool will be called with, to the letter: people have seen and approved it.
 *
 * @throws StepFailedError when they did not; RunParked; the signal's reason
 */
async function approvedInput(
  run: RunInHand,
  { id }: StepOf<'agent'>,
  tool: Tool,
  call: ToolCall,
  { pathOf, frame }: Place,
): Promise<{ readonly input: unknown }> {
  const path = pathOf('input')
  const input = await attemptOnce(run, { path, id, kind: 'transform' }, frame, (work) => inputOf(work, tool, call))
  const { name, description, connection, action, approval = {} } = tool
  await approveWithin(run, { path: pathOf('approval'), id }, frame, approval, {
    title: `Call ${name}`,
    message: description,
    shown: { tool: name, connection, action, arguments: call.arguments, input },
  })
  return { input }
}

async function inputOf({ run, frame }: StepWork, tool: Tool, call: ToolCall): Promise<unknown> {
  if (tool.with === undefined) return call.arguments
  const seen = within(frame, { names: { arguments: call.arguments } })
  return fillTemplate(tool.with, (expression) => run.evaluate(expression, seen))
}

/** The same however often it was stored: one question has one wording, or a provider takes its repetition for another. */
function toldText(value: unknown): string {
  const text = typeof value === 'string' ? value : canonicalJson(value)
  if (text.length <= charactersToldMax) return text
  return `${storableText(text, charactersToldMax)} … (${text.length - charactersToldMax} more characters were left out)`
}
