export interface DomainErrorOptions {
  /** For the log only: what the operator needs and the caller must not read. */
  readonly internal?: string
  readonly cause?: unknown
  /** Extra public facts of the error, e.g. the path of every fault; they reach the client as `extensions.details`. */
  readonly details?: unknown
  /** Whether it turns somebody away for who they are or what they proved: that goes on record. */
  readonly refusal?: boolean
}

/** An expected refusal: `code` and `message` are public, `internal` and `cause` go to the log only. */
export abstract class DomainError extends Error {
  readonly code: string
  readonly internal: string | undefined
  readonly details: unknown
  readonly refusal: boolean
  /** Set once a record of it was committed, so that it is not recorded again where it leaves. */
  recorded = false

  constructor(code: string, publicMessage: string, options: DomainErrorOptions = {}) {
    super(publicMessage, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = code
    this.internal = options.internal
    this.details = options.details
    this.refusal = options.refusal ?? false
  }
}
