import { anonymousCaller } from '#platform/caller/caller'
import { withCaller } from '#platform/graphql/context'
import type { IdentityCtx } from '../identity.context.ts'

/** The request, working in an organization for somebody who has not yet shown who they are. */
export const asNobody = (ctx: IdentityCtx, organizationId: string): IdentityCtx =>
  withCaller(ctx, { ...anonymousCaller(ctx.caller.address, ctx.caller.userAgent), organizationId })

/** The request, working in an organization for a user who has shown that it is they, but has no session. */
export const asUser = (ctx: IdentityCtx, organizationId: string, userId: string): IdentityCtx =>
  withCaller(ctx, { ...asNobody(ctx, organizationId).caller, kind: 'user', userId })
