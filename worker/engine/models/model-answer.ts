import type { JsonSchemas } from '#platform/json-schema/json-schemas'
import type { StepOf } from '../../../subgraphs/agents/jobs.ts'
import { askModel, type ModelAnswer, type ModelMessage, type ModelTool } from '../../../subgraphs/integrations/jobs.ts'
import type { StepWork } from '../attempt-step.ts'
import { integrationsCtx } from '../integrations-ctx.ts'
import { noteInput } from '../note-input.ts'
import { timeLeftMs } from '../time-left.ts'
import { ModelAnswerWithheldError, ModelOutputInvalidError } from './model-errors.ts'
import { schemaWords } from './schema-words.ts'

type ModelStep = StepOf<'llm'> | StepOf<'agent'>

/** What a model is told, besides what its step says of it. */
export interface Conversation {
  readonly system: string | undefined
  readonly messages: readonly ModelMessage[]
  readonly tools?: readonly ModelTool[]
}

/**
 * One answer of a model, as a step of its own: asked under the step's effect key, its tokens counted whatever comes of it.
 *
 * @throws ConnectorError; ModelAnswerWithheldError MODEL_ANSWER_WITHHELD; ModelOutputInvalidError MODEL_OUTPUT_INVALID for
 *   a last answer that does not fit the step's `output`
 */
export async function modelAnswer(work: StepWork, step: ModelStep, told: Conversation): Promise<ModelAnswer> {
  const { connection, model, output, maxOutputTokens, temperature } = step
  noteInput(work.record, { connection, model, maxOutputTokens, temperature, ...told })
  const answer = await askModel(integrationsCtx(work), {
    ...{ connectionId: connection, model, output, maxOutputTokens, temperature },
    ...told,
    effectKey: work.record.effectKey,
    signal: work.frame.signal,
    timeoutMs: timeLeftMs(work),
  })
  work.use(answer.usage)
  if (answer.end === 'withheld') throw new ModelAnswerWithheldError()
  if (answer.calls.length === 0) resultOf(step, answer.text, work.run.parts.agents.schemas)
  return answer
}

/**
 * What a last answer comes to: its text, or the value that it is the JSON of where the step says what that has to be.
 *
 * @throws ModelOutputInvalidError
 */
export function resultOf({ output }: ModelStep, text: string, schemas: JsonSchemas): unknown {
  if (output === undefined) return text
  const value = parsed(text)
  const faults = schemas.compile(output).faultsOf(value)
  if (faults.length > 0) throw new ModelOutputInvalidError(`${schemaWords(faults)}.`)
  return value
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ModelOutputInvalidError('It is not JSON.')
  }
}
