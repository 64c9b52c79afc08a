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
