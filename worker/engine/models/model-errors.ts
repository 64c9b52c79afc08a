import { DomainError } from '#platform/errors/domain-error'

/** The model answered, and not with what was asked for. Another answer may fit. */
export class ModelOutputInvalidError extends DomainError {
  readonly retryable = true
  constructor(faults: string) {
    super('MODEL_OUTPUT_INVALID', `The model's answer is not what the step asks for. ${faults}`)
  }
}

/** The provider kept the answer back. It would do so again. */
export class ModelAnswerWithheldError extends DomainError {
  constructor() {
    super('MODEL_ANSWER_WITHHELD', 'The provider withheld the answer of the model: its content filter said so.')
  }
}

/** The model still wanted tools called when it had no answers left. */
export class ModelTurnsExhaustedError extends DomainError {
  constructor(maxTurns: number) {
    super('MODEL_TURNS_EXHAUSTED', `The model did not come to an end in ${maxTurns} answers.`)
  }
}
