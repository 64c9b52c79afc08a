import type { Reader } from '#platform/db/read'
import { StepUpRequiredError } from '#platform/errors/common-errors'
import type { IdentityCtx } from '../identity.context.ts'
import type { Session } from '../session/session.entity.ts'
import { FactorEnrollmentRequiredError } from './factor.errors.ts'
import { factorsOf, hasFactor, isFactorRequiredOf } from './factor.queries.ts'

/** Whether a session, proven as it was, is not enough in the caller's organization: a role of the user needs a second factor there. */
export const lacksFactor = async (ctx: IdentityCtx, em: Reader, session: Session): Promise<boolean> =>
  !session.methods.includes('mfa') && (await isFactorRequiredOf(ctx, em, session.userId))

/**
 * Refuses a session that was proven by less than the caller's organization asks for.
 *
 * @throws StepUpRequiredError when the user can prove more: `reauthenticate` with the factor
 * @throws FactorEnrollmentRequiredError when they have no factor yet
 */
export async function requireSessionFactor(ctx: IdentityCtx, em: Reader, session: Session): Promise<void> {
  if (!(await lacksFactor(ctx, em, session))) return
  throw hasFactor(await factorsOf(em, session.userId)) ? new StepUpRequiredError() : new FactorEnrollmentRequiredError()
}
