import type { Invitation } from './invitation.entity.ts'

/** So many wrong passwords of the account that it is for, and an invitation is void: its token is no way to guess one. */
export const invitationRefusalsMax = 5

/** Whether the place is still waiting. */
export const isOpen = (invitation: Invitation, now: Date): boolean =>
  invitation.acceptedAt == null &&
  invitation.revokedAt == null &&
  invitation.refusals < invitationRefusalsMax &&
  invitation.expiresAt > now

/** The same as a condition. */
export const openInvitations = (now: Date) => ({
  acceptedAt: null,
  revokedAt: null,
  refusals: { $lt: invitationRefusalsMax },
  expiresAt: { $gt: now },
})
