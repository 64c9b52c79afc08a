import type { Tx } from '#platform/db/write'
import type { IdentityCtx } from '../identity.context.ts'
import type { User } from '../user/user.entity.ts'

const noticeMs = 86_400_000

/** Writes to a person that their factors have changed (ASVS 5, 6.3.7). */
export function tellOwner(ctx: IdentityCtx, tx: Tx, { email }: User, change: 'added' | 'removed' | 'reset'): void {
  ctx.parts.mail.order(tx, { kind: 'factors-changed', to: email, change }, new Date(Date.now() + noticeMs))
}
