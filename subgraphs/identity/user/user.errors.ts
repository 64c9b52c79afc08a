import { DomainError } from '#platform/errors/domain-error'

/** Somebody's mailbox is not to be filled. */
export class InvitationLimitError extends DomainError {
  constructor(perDay: number) {
    super('INVITATION_LIMIT', `This address was invited ${perDay} times within a day. Wait until tomorrow.`)
  }
}

/** The same words for a token that never was, is spent, is too old, or does not fit the person. */
export class InvitationInvalidError extends DomainError {
  constructor(internal: string) {
    super('INVITATION_INVALID', 'This invitation cannot be accepted. Ask for a new one.', {
      internal,
      refusal: true,
    })
  }
}
