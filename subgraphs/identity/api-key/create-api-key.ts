import { LockMode } from '@mikro-orm/core'
import { newApiKeyText } from '#platform/caller/api-key-text'
import { type Tx, write } from '#platform/db/write'
import { InvalidInputError, NotFoundError, UnauthenticatedError } from '#platform/errors/common-errors'
import { isId, newId } from '#platform/id'
import type { IdentityCtx } from '../identity.context.ts'
import { Membership } from '../membership/membership.entity.ts'
import { loadScopes } from '../role/current-rights.ts'
import { requireHeld } from '../role/grantable.ts'
import { readScopes } from '../role/role.shape.ts'
import { User } from '../user/user.entity.ts'
import { ApiKey } from './api-key.entity.ts'
import { ApiKeyLimitError } from './api-key.errors.ts'
import type { CreateApiKeyInput } from './api-key.graphql.ts'
import { keyDaysDefault, keyDaysMax, keyNameMax, keysPerUserMax, rateLimitMax } from './api-key.limits.ts'

const dayMs = 86_400_000

/**
 * Makes a key that acts for the caller, or for a service account, with scopes that both have now. What counts at each use
 * is what they have then.
 *
 * @returns the key's row, and its text: the only time that it can be had
 */
export function createApiKey(ctx: IdentityCtx, input: CreateApiKeyInput): Promise<{ row: ApiKey; text: string }> {
  const { userId, organizationId } = ctx.caller
  if (userId === null) throw new UnauthenticatedError()
  const scopes = readScopes(input.scopes)
  const fields = { name: readName(input.name), rateLimitPerMinute: readRateLimit(input.rateLimitPerMinute) }
  const now = new Date()
  const expiresAt = readExpiry(input.expiresAt ?? new Date(now.getTime() + keyDaysDefault * dayMs), now)
  return write(ctx, 'api-key.created', async (tx) => {
    await requireHeld(tx, ctx.caller, 'api-key:write', scopes)
    const owner = input.serviceAccountId == null ? userId : await serviceAccount(tx, input.serviceAccountId)
    const member = await lockMember(tx, owner)
    if (owner !== userId) await requireHeldBy(tx, member, scopes)
    const good = { userId: owner, revokedAt: null, expiresAt: { $gt: now } }
    if ((await tx.em.count(ApiKey, good)) >= keysPerUserMax) throw new ApiKeyLimitError(keysPerUserMax)
    const id = newId()
    const { text, prefix, secretHash } = newApiKeyText(ctx.parts.apiKeyMark, organizationId, id)
    const place = { organizationId, id, userId: owner, createdBy: userId }
    const row = tx.em.create(ApiKey, { ...place, ...fields, prefix, secretHash, scopes, createdAt: now, expiresAt })
    tx.target('api-key', id, fields.name)
    tx.target('user', owner)
    tx.detail('scopes', scopes)
    tx.detail('expiresAt', expiresAt.toISOString())
    return { row, text }
  })
}

async function serviceAccount(tx: Tx, id: string): Promise<string> {
  const user = isId(id) ? await tx.em.findOne(User, { id, kind: 'service' }) : null
  if (user === null) throw new NotFoundError('service account')
  return user.id
}

/** Held until the transaction ends, so that the owner's keys are counted one after the other. */
async function lockMember(tx: Tx, userId: string): Promise<Membership> {
  const options = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true }
  const member = await tx.em.findOne(Membership, { userId, deactivatedAt: null }, options)
  if (member === null) throw new NotFoundError('service account')
  return member
}

async function requireHeldBy(tx: Tx, { roles, organizationId }: Membership, scopes: readonly string[]): Promise<void> {
  const held = await loadScopes(tx.em, roles, organizationId)
  const lacking = scopes.filter((scope) => !held.includes(scope))
  if (lacking.length > 0)
    throw new InvalidInputError(`The service account’s roles do not reach this: ${lacking.join(', ')}.`)
}

function readName(text: string): string {
  const name = text.trim()
  if (name === '' || name.length > keyNameMax || /[\p{Cc}\p{Surrogate}]/u.test(name))
    throw new InvalidInputError(`A name has between 1 and ${keyNameMax} printable characters.`)
  return name
}

function readRateLimit(perMinute: number): number {
  if (perMinute < 1 || perMinute > rateLimitMax)
    throw new InvalidInputError(`A rate limit is between 1 and ${rateLimitMax} requests a minute.`)
  return perMinute
}

function readExpiry(expiresAt: Date, now: Date): Date {
  const days = (expiresAt.getTime() - now.getTime()) / dayMs
  if (!(days > 0 && days <= keyDaysMax))
    throw new InvalidInputError(`A key expires in the future, within ${keyDaysMax} days.`)
  return expiresAt
}
