import { DomainError } from '../errors/domain-error.ts'

/** The one answer to every sealed value that does not open. */
export class SecretUnreadableError extends DomainError {
  constructor(internal: string) {
    super('SECRET_UNREADABLE', 'The stored secret cannot be opened.', { internal })
  }
}

export class SecretTooLongError extends DomainError {
  constructor(bytesMax: number) {
    super('SECRET_TOO_LONG', `A secret may be at most ${bytesMax} bytes long.`)
  }
}
