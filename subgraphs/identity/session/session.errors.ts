import { DomainError } from '#platform/errors/domain-error'

/** The same words whether the account is unknown or the password is wrong. */
export class SignInRefusedError extends DomainError {
  constructor() {
    super('SIGN_IN_REFUSED', 'The e-mail address or the password is wrong.', { refusal: true })
  }
}

export class SignInBusyError extends DomainError {
  constructor() {
    super('SIGN_IN_BUSY', 'Too many sign-ins at the moment. Try again in a few seconds.', { refusal: true })
  }
}

export class RefreshRefusedError extends DomainError {
  constructor(internal?: string) {
    super('REFRESH_REFUSED', 'This refresh token is not valid any more. Sign in again.', {
      refusal: true,
      ...(internal === undefined ? {} : { internal }),
    })
  }
}
