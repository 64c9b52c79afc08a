import { timingSafeEqual } from 'node:crypto'
import { readApiKeyText } from '#platform/caller/api-key-text'
import { anonymousCaller, type Caller, systemCaller } from '#platform/caller/caller'
import type { VerifiedKey } from '#platform/caller/verified-key'
import { type Reader, read } from '#platform/db/read'
import { withCaller } from '#platform/graphql/context'
import type { IdentityCtx } from '../identity.context.ts'
import { currentRevision } from '../revocation/revocation.queries.ts'
import { subject } from '../revocation/revoke.ts'
import { currentRights } from '../role/current-rights.ts'
import { ApiKey } from './api-key.entity.ts'
import { recordRefusal, recordUse } from './record-use.ts'

/**
 * What a key stands for now: the scopes that it was given, its user has, and, if it acts for another, its maker has too.
 * The use, or the refusal, is written down.
 *
 * @returns null for a key that never was, ran out, was revoked, or whose user or maker is no active member any more
 */
export async function verifyApiKey(ctx: IdentityCtx, text: string): Promise<VerifiedKey | null> {
  const given = readApiKeyText(text)
  if (given === undefined) return null
  const { organizationId, id, secretHash } = given
  const place = withCaller(ctx, systemCaller(organizationId))
  const found = await read(place, async (em) => {
    // First: what is taken away after this line is read stands on a later line.
    const revision = await currentRevision(em)
    const key = await em.findOne(ApiKey, { id })
    return key === null ? null : { key, revision, rights: await rightsOf(em, key) }
  })
  if (found === null) return null
  const { key, revision, rights } = found
  const { address, userAgent } = ctx.caller
  const stranger: Caller = { ...anonymousCaller(address, userAgent), organizationId }
  if (!timingSafeEqual(Buffer.from(key.secretHash), Buffer.from(secretHash)))
    return recordRefusal(withCaller(ctx, stranger), key, 'wrong secret')
  const holder = withCaller<IdentityCtx>(ctx, { ...stranger, kind: 'user', userId: key.userId, apiKeyId: key.id })
  if (key.revokedAt != null) return recordRefusal(holder, key, 'revoked')
  if (key.expiresAt <= new Date()) return recordRefusal(holder, key, 'expired')
  if (rights === null) return recordRefusal(holder, key, 'its user or its maker is no active member')
  await recordUse(holder, key)
  return {
    apiKeyId: key.id,
    userId: key.userId,
    organizationId,
    rateLimitPerMinute: key.rateLimitPerMinute,
    expiresAt: key.expiresAt,
    revision,
    ...rights,
  }
}

async function rightsOf(em: Reader, key: ApiKey): Promise<Pick<VerifiedKey, 'scopes' | 'subjects'> | null> {
  let { scopes } = key
  const subjects = [subject.apiKey(key.id)]
  for (const userId of new Set([key.userId, key.createdBy])) {
    const rights = await currentRights(em, key.organizationId, userId)
    if (rights === null) return null
    scopes = scopes.filter((scope) => rights.scopes.includes(scope))
    subjects.push(subject.user(userId), subject.member(key.organizationId, userId))
    subjects.push(...rights.roles.map((role) => subject.role(key.organizationId, role)))
  }
  return { scopes, subjects: [...new Set(subjects)] }
}
