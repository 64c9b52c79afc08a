import { canonicalJson, type StepOf, storableText, turnsDefault } from '../../../subgraphs/agents/jobs.ts'
import type { ModelAnswer, ModelMessage, ToolResult } from '../../../subgraphs/integrations/jobs.ts'
import { attemptOnce } from '../attempt-once.ts'
import type { StepWork } from '../attempt-step.ts'
import { fillText } from '../fill-template.ts'
import type { Frame } from '../frame.ts'
import { innerPrefix } from '../inner-prefix.ts'
import { callTool } from '../models/call-tool.ts'
import { modelAnswer, resultOf } from '../models/model-answer.ts'
import { ModelTurnsExhaustedError } from '../models/model-errors.ts'
import { runTogether } from '../run-together.ts'

/** Tools called at one time, of those that one answer asks for. */
const lanesMax = 5

/**
 * Asks a model until it wants no more tools called. Each of its answers and each call of a tool is a step within this one,
 * so that none is made twice, whoever comes to work on the run.
 *
 * @returns the last answer's text, or the value that the step's `output` describes
 */
export async function runAgent(work: StepWork, step: StepOf<'agent'>): Promise<unknown> {
  const { run } = work
  const { system, prompt } = await asked(work, step)
  const messages: ModelMessage[] = [{ role: 'user', text: prompt }]
  const maxTurns = step.maxTurns ?? turnsDefault
  for (let turn = 0; turn < maxTurns; turn++) {
    const answer = await answerOf(work, step, turn, { system, messages })
    if (answer.calls.length === 0) return resultOf(step, answer.text, run.parts.agents.schemas)
    // What is left of the tools would be called for nobody.
    if (turn + 1 === maxTurns) break
    const results = await callTools(work, step, answer, turn)
    messages.push(saidBefore(answer), { role: 'tool', results })
  }
  throw new ModelTurnsExhaustedError(maxTurns)
}

/** What the database keeps of arguments is their content, not the order of their names; what is asked must not depend on it. */
const saidBefore = ({ text, calls }: Pick<ModelAnswer, 'text' | 'calls'>): ModelMessage => ({
  ...{ role: 'assistant', text },
  calls: calls.map((call) => ({ ...call, arguments: JSON.parse(canonicalJson(call.arguments)) })),
})

/** Decided once: an expression may ask the time, or a random number. */
async function asked({ run, record, frame }: StepWork, step: StepOf<'agent'>) {
  const decided = record.state as { readonly system?: string; readonly prompt: string } | null
  if (decided !== null) return { system: decided.system, prompt: decided.prompt }
  const fill = async (text: string) =>
    storableText(await fillText(text, (expression) => run.evaluate(expression, frame)), Number.POSITIVE_INFINITY)
  const system = step.system === undefined ? undefined : await fill(step.system)
  const prompt = await fill(step.prompt)
  record.state = { ...(system !== undefined && { system }), prompt }
  run.journal.keep(record)
  return { system, prompt }
}

async function answerOf(
  { run, record, frame }: StepWork,
  step: StepOf<'agent'>,
  turn: number,
  told: { readonly system: string | undefined; readonly messages: readonly ModelMessage[] },
): Promise<Pick<ModelAnswer, 'text' | 'calls'>> {
  const path = `${innerPrefix(record)}/answer[${turn}]`
  const answer = await attemptOnce(run, { path, id: step.id, kind: 'llm', timeout: '2m' }, frame, async (inner) => {
    const { text, calls } = await modelAnswer(inner, step, { ...told, tools: step.tools })
    return { text, calls }
  })
  return answer as Pick<ModelAnswer, 'text' | 'calls'>
}

async function callTools(
  { run, record, frame }: StepWork,
  step: StepOf<'agent'>,
  { calls }: Pick<ModelAnswer, 'calls'>,
  turn: number,
): Promise<ToolResult[]> {
  const results: ToolResult[] = []
  let next = 0
  const lane = async (inner: Frame) => {
    for (let index = next++; index < calls.length; index = next++) {
      const call = calls[index]
      if (call === undefined) continue
      const pathOf = (part: string) => `${innerPrefix(record)}/${part}[${turn}.${index}]`
      results[index] = await callTool(run, step, call, { pathOf, index, frame: inner })
    }
  }
  await runTogether(
    run,
    frame,
    Array.from({ length: Math.min(lanesMax, calls.length) }, () => lane),
  )
  return results
}
