import { z } from 'zod'

/** What an API key stands for at the moment of asking, as its keeper tells the edge. */
export const verifiedKey = z.object({
  apiKeyId: z.string(),
  userId: z.string(),
  organizationId: z.string(),
  scopes: z.array(z.string()).max(100),
  rateLimitPerMinute: z.number().int().positive(),
  expiresAt: z.coerce.date(),
  /** Whatever the answer rests on, by the names that the revocation list uses. */
  subjects: z.array(z.string()).max(1_000),
  /** The line of the revocation list at which it was read. */
  revision: z.number().int().nonnegative(),
})
export type VerifiedKey = z.output<typeof verifiedKey>

/** The edge's question, and its answer: null for a key that is not, or no longer, good. */
export const keyQuestion = z.object({ key: z.string().max(200) })
export const keyAnswer = z.object({ key: verifiedKey.nullable() })
