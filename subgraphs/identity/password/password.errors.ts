import { DomainError } from '#platform/errors/domain-error'

export class PasswordTooShortError extends DomainError {
  constructor(lengthMin: number) {
    super('PASSWORD_TOO_SHORT', `A password has at least ${lengthMin} characters. Any characters, spaces too.`)
  }
}

export class PasswordTooLongError extends DomainError {
  constructor(bytesMax: number) {
    super('PASSWORD_TOO_LONG', `A password has at most ${bytesMax} bytes.`)
  }
}

/** It is on the list, or made of what is, or of what everybody knows about its owner. */
export class PasswordTooCommonError extends DomainError {
  constructor() {
    super(
      'PASSWORD_TOO_COMMON',
      'This password is among the first that others would try. Take one that is not made of common passwords, a repetition, a name or an address.',
    )
  }
}

export class PasswordWrongError extends DomainError {
  constructor() {
    super('PASSWORD_WRONG', 'This is not your present password.', { refusal: true })
  }
}

/** The same words for a token that never was, is spent, is too old, or was followed by another. */
export class PasswordResetInvalidError extends DomainError {
  constructor(internal: string) {
    super('PASSWORD_RESET_INVALID', 'This link cannot be used any more. Ask for a new one.', {
      internal,
      refusal: true,
    })
  }
}

/** Whoever belongs to several organizations is nobody’s to be let in by one of them. */
export class PasswordResetForeignError extends DomainError {
  constructor() {
    super(
      'PASSWORD_RESET_FOREIGN',
      'This person belongs to other organizations too, or has no password. They ask for a new password themselves.',
      { refusal: true },
    )
  }
}
