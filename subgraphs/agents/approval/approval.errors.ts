import { DomainError } from '#platform/errors/domain-error'
import type { SchemaFault } from '#platform/json-schema/schema-faults'
import { faultAt } from '../agent/definition/fault.ts'
import type { ApprovalStatus } from './approval.status.ts'

const words: Readonly<Record<ApprovalStatus, string>> = {
  PENDING: 'Its time is over.',
  APPROVED: 'It was approved before.',
  REJECTED: 'It was rejected before.',
  EXPIRED: 'It has expired.',
  CANCELLED: 'What it was asked for was given up.',
}

/** Somebody else, or time, has decided already: nothing was changed. */
export class ApprovalSettledError extends DomainError {
  constructor(status: ApprovalStatus) {
    super('APPROVAL_SETTLED', `The approval can no longer be decided. ${words[status]}`, { details: { status } })
  }
}

export class ApprovalAlreadyDecidedError extends DomainError {
  constructor() {
    super('APPROVAL_ALREADY_DECIDED', 'You have decided on this approval before; each person counts once.')
  }
}

/** @param faults where the form is not what the approval asks for */
export class ApprovalFormInvalidError extends DomainError {
  constructor(faults: readonly SchemaFault[]) {
    const details = faults.map(({ path, message }) => faultAt(['form', ...path], message))
    const shown = details.slice(0, 3).map(({ path, message }) => `${path} ${message}`)
    super('APPROVAL_FORM_INVALID', `The form is not filled in as the approval asks: ${shown.join('; ')}.`, { details })
  }
}

/** What was to be shown cannot be: nobody is asked about less than the whole. */
export class ApprovalShownInvalidError extends DomainError {
  constructor(fault: string) {
    super('APPROVAL_SHOWN_INVALID', `What is to be approved cannot be shown: ${fault}`)
  }
}
