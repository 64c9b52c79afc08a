/** Where an approval stands. Cancelled: what it was asked for was given up before anybody settled it. */
export const approvalStatuses = ['PENDING', 'APPROVED', 'REJECTED', 'EXPIRED', 'CANCELLED'] as const
export type ApprovalStatus = (typeof approvalStatuses)[number]

export const approvalVerdicts = ['APPROVE', 'REJECT'] as const
export type ApprovalVerdict = (typeof approvalVerdicts)[number]

/** What it means that nobody settled an approval in time. */
export const expiryOutcomes = ['APPROVE', 'REJECT', 'FAIL'] as const
export type ExpiryOutcome = (typeof expiryOutcomes)[number]

/** Conditions on a row of `agents.approval`. */
export const approvalIs = {
  pending: `approval.status = 'PENDING'`,
} as const
