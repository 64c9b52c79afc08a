import { DomainError } from '../errors/domain-error.ts'

/** The key came before with another input (draft-ietf-httpapi-idempotency-key-header §2.6: a conflict). */
export class IdempotencyKeyReusedError extends DomainError {
  constructor() {
    super(
      'IDEMPOTENCY_KEY_REUSED',
      'This Idempotency-Key was used with another input. A new intention needs a new key; a repetition the same input.',
    )
  }
}

/** The first request with the key is still at work, and this one has waited long enough for it. */
export class IdempotencyKeyInUseError extends DomainError {
  constructor(options?: { readonly cause: unknown }) {
    super(
      'IDEMPOTENCY_KEY_IN_USE',
      'A request with this Idempotency-Key is still under way. Send it again in a moment.',
      options,
    )
  }
}

/** Done before, and the answer cannot be given again. */
export class IdempotentAnswerNotKeptError extends DomainError {
  constructor() {
    super(
      'IDEMPOTENT_ANSWER_NOT_KEPT',
      'This was done already, once. Its answer is not kept, because it can hold a secret: read what is there now.',
    )
  }
}
