import { DomainError } from '#platform/errors/domain-error'

/** The same words for a challenge that never was, is over, has failed too often, or is for something else. */
export class ChallengeInvalidError extends DomainError {
  constructor(internal: string) {
    super('CHALLENGE_INVALID', 'This has taken too long, or has failed too often. Start again.', {
      internal,
      refusal: true,
    })
  }
}

/** The same words for every proof that does not hold: a wrong code, one that was used, a passkey that is not the user's. */
export class FactorRefusedError extends DomainError {
  constructor(internal: string) {
    super('FACTOR_REFUSED', 'This is not right, or has been used before. Try again with a new code.', {
      internal,
      refusal: true,
    })
  }
}

export class FactorRequiredError extends DomainError {
  constructor() {
    super(
      'FACTOR_REQUIRED',
      'A role of yours needs a second factor, and this is your last one. Add another before you remove it.',
    )
  }
}

export class FactorEnrollmentRequiredError extends DomainError {
  constructor() {
    super('FACTOR_ENROLLMENT_REQUIRED', 'This organization asks for a second factor. Add one first, then try again.', {
      refusal: true,
    })
  }
}

export class PasskeyLimitError extends DomainError {
  constructor(max: number) {
    super('PASSKEY_LIMIT', `An account has at most ${max} passkeys. Remove one first.`)
  }
}
