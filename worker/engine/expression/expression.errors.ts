import { DomainError } from '#platform/errors/domain-error'

export class ExpressionTimeoutError extends DomainError {
  constructor(timeoutMs: number) {
    super('EXPRESSION_TIMEOUT', `The expression did not end within ${timeoutMs} ms.`)
  }
}

export class ExpressionMemoryError extends DomainError {
  constructor(memoryMbMax: number) {
    super('EXPRESSION_MEMORY', `The expression needed more than ${memoryMbMax} MB of memory.`)
  }
}

/** The expression itself is at fault; `position` counts the characters up to the culprit, where there is one. */
export class ExpressionFailedError extends DomainError {
  readonly position: number | undefined

  constructor(message: string, position?: number, internal?: string) {
    const details = position === undefined ? {} : { details: { position } }
    super('EXPRESSION_FAILED', message, internal === undefined ? details : { ...details, internal })
    this.position = position
  }
}

export class ExpressionTooLargeError extends DomainError {
  constructor(what: 'expression' | 'input' | 'result', limit: string) {
    super('EXPRESSION_TOO_LARGE', `The ${what} is larger than ${limit}.`)
  }
}

/** Nothing is wrong with the expression: it may be tried again later. */
export class ExpressionBusyError extends DomainError {
  readonly retryable = true
  /** All threads are at work, and as many wait as may; else none could be started. */
  readonly full: boolean

  constructor(internal?: string) {
    const options = internal === undefined ? {} : { internal }
    super('EXPRESSION_BUSY', 'The expression engine takes no more work just now.', options)
    this.full = internal === undefined
  }
}
