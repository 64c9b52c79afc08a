import { DomainError } from '#platform/errors/domain-error'

/** The step is not in a state in which this can be done to it: completed already, or never begun. */
export class StepStateError extends DomainError {
  constructor(internal: string) {
    super('STEP_STATE', 'The step cannot be changed now.', { internal })
  }
}

/** A step's result that cannot be kept: too large, too deep, or with text that no database stores. */
export class StepOutputInvalidError extends DomainError {
  constructor(fault: string) {
    super('STEP_OUTPUT_INVALID', `The output of the step cannot be stored: ${fault}`)
  }
}
