import type { StepOf } from '../../../subgraphs/agents/jobs.ts'
import type { StepWork } from '../attempt-step.ts'
import { fillText } from '../fill-template.ts'
import { modelAnswer, resultOf } from '../models/model-answer.ts'

/** Asks a model once. @returns its text, or the value that its step's `output` describes */
export async function runLlm(work: StepWork, step: StepOf<'llm'>): Promise<unknown> {
  const { run, frame } = work
  const evaluate = (expression: string) => run.evaluate(expression, frame)
  const system = step.system === undefined ? undefined : await fillText(step.system, evaluate)
  const prompt = await fillText(step.prompt, evaluate)
  const { text } = await modelAnswer(work, step, { system, messages: [{ role: 'user', text: prompt }] })
  return resultOf(step, text, run.parts.agents.schemas)
}
