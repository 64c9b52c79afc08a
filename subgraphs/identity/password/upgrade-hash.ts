import { write } from '#platform/db/write'
import type { IdentityCtx } from '../identity.context.ts'
import { PasswordCredential } from '../user/password-credential.entity.ts'

/**
 * Makes an outdated hash anew with today's parameters, as can be done only while the password is at hand. Nobody waits
 * for it, and when it fails the next sign-in tries again. A password that was changed meanwhile stays as it is.
 *
 * @param password the one that `hash` was just verified with
 */
export function upgradeHash(ctx: IdentityCtx, userId: string, password: string, hash: string | undefined): void {
  if (hash === undefined || !ctx.parts.hasher.isOutdated(hash)) return
  replaceHash(ctx, userId, password, hash).catch((error) =>
    ctx.log.warn({ requestId: ctx.requestId, err: error }, 'password hash not upgraded'),
  )
}

/** Hashes `password` anew and stores that in place of `hash`, if it is still what is stored. */
export async function replaceHash(ctx: IdentityCtx, userId: string, password: string, hash: string): Promise<void> {
  const better = await ctx.parts.hasher.hash(password)
  await write(ctx, 'password.hash-upgraded', async (tx) => {
    const replaced = await tx.em.nativeUpdate(
      PasswordCredential,
      { userId, hash },
      { hash: better, updatedAt: new Date() },
    )
    if (replaced === 0) return tx.unchanged()
    tx.target('user', userId)
  })
}
