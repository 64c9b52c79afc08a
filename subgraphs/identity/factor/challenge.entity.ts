import { defineEntity, p } from '@mikro-orm/core'

/**
 * Something that one person has begun and must finish with a proof: a sign-in, or the registration of a passkey. Global
 * like the person: before a sign-in is finished nobody is in any organization.
 */
const ChallengeSchema = defineEntity({
  name: 'Challenge',
  tableName: 'challenge',
  indexes: [{ name: 'challenge_expiry', properties: ['expiresAt'] }],
  properties: {
    id: p.uuid().primary(),
    purpose: p.enum(['sign-in', 'passkey-sign-in', 'passkey-registration'] as const),
    /** Of the token that the client holds. */
    tokenHash: p.string().length(64),
    /** Whose sign-in it is; null when the passkey will tell. */
    userId: p.uuid().nullable(),
    /** The organization where the session will be. */
    placeId: p.uuid(),
    /** What is proven so far (RFC 8176), and when. */
    methods: p.array().$type<string[]>(),
    authenticatedAt: p.datetime().nullable(),
    /** A second factor is required and there is none: the challenge may be met by adding one. */
    enrollmentRequired: p.boolean(),
    /** What a passkey has to sign, base64url. */
    passkeyChallenge: p.string().length(100).nullable(),
    tries: p.integer().default(0),
    createdAt: p.datetime().onCreate(() => new Date()),
    expiresAt: p.datetime(),
    /** Met, or given up on after too many tries. */
    closedAt: p.datetime().nullable(),
  },
})
export class Challenge extends ChallengeSchema.class {}
ChallengeSchema.setClass(Challenge)
