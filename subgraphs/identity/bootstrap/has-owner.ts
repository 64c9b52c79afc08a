import type { Reader } from '#platform/db/read'
import { Membership } from '../membership/membership.entity.ts'

/** Whether the platform has an owner: somebody in the system organization, which is the caller's. */
export const hasOwner = async (em: Reader): Promise<boolean> =>
  (await em.count(Membership, { roles: { $contains: ['owner'] } })) > 0
