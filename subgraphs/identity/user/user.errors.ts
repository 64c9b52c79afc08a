import { DomainError } from '#platform/errors/domain-error'

/** The same words for a token that never was, is spent, is too old, or does not fit the person. */
export class InvitationInvalidError extends DomainError {
  constructor(internal: string) {
    super('INVITATION_INVALID', 'This invitation cannot be accepted. Ask for a new one.', {
      internal,
      refusal: true,
    })
  }
}
