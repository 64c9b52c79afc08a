import { DomainError, type DomainErrorOptions } from '#platform/errors/domain-error'

/** Why an action did not succeed. `retryable`: trying again may, and repeats no effect. */
export class ConnectorError extends DomainError {
  readonly retryable: boolean

  constructor(code: string, publicMessage: string, retryable: boolean, options?: DomainErrorOptions) {
    super(code, publicMessage, options)
    this.retryable = retryable
  }
}

export class ConnectionMissingError extends ConnectorError {
  constructor() {
    super('NOT_FOUND', 'No such connection.', false)
  }
}

/** The connection lacks what its calls need; `reason` says what, in words. */
export class ConnectionInactiveError extends ConnectorError {
  constructor(status: string, reason: string) {
    super('CONNECTION_INACTIVE', `The connection cannot be used. ${reason}`, false, { details: { status } })
  }
}

/** The connection that a model is to be asked through lacks what its calls need, such as its key. */
export class ProviderInactiveError extends ConnectorError {
  constructor(status: string, reason: string) {
    super('PROVIDER_INACTIVE', `The provider of the model cannot be used. ${reason}`, false, { details: { status } })
  }
}

export class ConnectionWithoutModelsError extends ConnectorError {
  constructor(connector: string) {
    super('CONNECTION_WITHOUT_MODELS', `A connection of the connector "${connector}" has no models.`, false)
  }
}

export class ModelUnnamedError extends ConnectorError {
  constructor() {
    super('MODEL_UNNAMED', 'Neither the step nor its connection names a model.', false)
  }
}

export class ActionUnknownError extends ConnectorError {
  constructor(connector: string, action: string) {
    super('ACTION_UNKNOWN', `The connector "${connector}" has no action "${action}".`, false)
  }
}

/** @param faults the path of every fault with its words */
export class ActionInputInvalidError extends ConnectorError {
  constructor(faults: readonly { readonly path: string; readonly message: string }[]) {
    const words = faults.map((fault) => `${fault.path === '' ? 'input' : fault.path}: ${fault.message}`).join('; ')
    super('ACTION_INPUT_INVALID', `The action does not take this input. ${words}`, false, { details: faults })
  }
}

/** The answer's body is never quoted: services repeat credentials in them. */
export class ConnectorHttpStatusError extends ConnectorError {
  readonly status: number
  /** How long the service asked to be left alone. */
  readonly retryAfterMs: number

  constructor(status: number, retryable: boolean, retryAfterMs = 0) {
    super('CONNECTOR_HTTP_STATUS', `The service answered HTTP ${status}.`, retryable, { details: { status } })
    this.status = status
    this.retryAfterMs = retryAfterMs
  }
}

export class ConnectorGraphqlErrorsError extends ConnectorError {
  constructor(errors: readonly { readonly code: string; readonly message: string }[], retryable: boolean) {
    const words = errors.map((error) => `${error.code}: ${error.message}`).join(' ')
    super('CONNECTOR_GRAPHQL_ERRORS', `The API answered with errors. ${words}`, retryable, { details: errors })
  }
}

/** The call may have had its effect, so it is repeated only when that is harmless. */
export class ConnectorAnswerUnreadableError extends ConnectorError {
  constructor(trouble: string, retryable = false) {
    super('CONNECTOR_ANSWER_UNREADABLE', `The answer of the service cannot be used: ${trouble}.`, retryable)
  }
}
