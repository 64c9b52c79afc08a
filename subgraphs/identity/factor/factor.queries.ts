import type { Reader } from '#platform/db/read'
import { read } from '#platform/db/read'
import { withCaller } from '#platform/graphql/context'
import type { IdentityCtx } from '../identity.context.ts'
import { Membership } from '../membership/membership.entity.ts'
import { Organization } from '../organization/organization.entity.ts'
import type { User } from '../user/user.entity.ts'
import { Passkey } from './passkey.entity.ts'
import { RecoveryCode } from './recovery-code.entity.ts'
import { Totp } from './totp.entity.ts'

/** A person's second factors. Recovery codes stand in for one; by themselves they are none. */
export interface Factors {
  readonly totp: boolean
  readonly passkeys: readonly Passkey[]
  readonly recoveryCodes: number
}

export async function factorsOf(em: Reader, userId: string): Promise<Factors> {
  const totp = await em.findOne(Totp, { userId }, { refresh: true })
  const passkeys = await em.find(Passkey, { userId }, { orderBy: { id: 'asc' }, refresh: true })
  const recoveryCodes = await em.count(RecoveryCode, { userId })
  return { totp: totp !== null && totp.secret !== null, passkeys, recoveryCodes }
}

export const hasFactor = (factors: Factors): boolean => factors.totp || factors.passkeys.length > 0

/** Whether somebody with these roles in the caller's organization must prove a second factor. */
export async function isFactorRequired(ctx: IdentityCtx, em: Reader, roles: readonly string[]): Promise<boolean> {
  const organization = await em.findOne(Organization, { id: ctx.caller.organizationId })
  const required = organization?.mfaRequiredRoles ?? ctx.parts.mfaRequiredRoles
  return roles.some((role) => required.includes(role))
}

/** The same for one member; false for who is none, whom nothing else lets in. */
export async function isFactorRequiredOf(ctx: IdentityCtx, em: Reader, userId: string): Promise<boolean> {
  const membership = await em.findOne(Membership, { userId, deactivatedAt: null })
  return membership !== null && isFactorRequired(ctx, em, membership.roles)
}

/** Whether any of a user's organizations asks them for a second factor. */
export async function isFactorRequiredAnywhere(ctx: IdentityCtx, user: User): Promise<boolean> {
  for (const organizationId of user.organizationIds) {
    const place = withCaller(ctx, { ...ctx.caller, organizationId })
    if (await read(place, (em) => isFactorRequiredOf(place, em, user.id))) return true
  }
  return false
}
