import { LockMode } from '@mikro-orm/core'
import { write } from '#platform/db/write'
import { NotFoundError } from '#platform/errors/common-errors'
import { isId } from '#platform/id'
import type { IdentityCtx } from '../identity.context.ts'
import { revoke, subject } from '../revocation/revoke.ts'
import { ApiKey } from './api-key.entity.ts'
import type { RevokeApiKeyInput } from './api-key.graphql.ts'
import { keysOpenTo } from './api-key.queries.ts'

/** Ends a key for good, everywhere within two seconds. Repeating it changes nothing. */
export function revokeApiKey(ctx: IdentityCtx, { apiKeyId }: RevokeApiKeyInput): Promise<ApiKey> {
  if (!isId(apiKeyId)) throw new NotFoundError('API key')
  return write(ctx, 'api-key.revoked', async (tx) => {
    const open = keysOpenTo(ctx.caller, 'api-key:write')
    const options = { lockMode: LockMode.PESSIMISTIC_WRITE }
    const key = await tx.em.findOne(ApiKey, { $and: [{ id: apiKeyId }, open] }, options)
    if (key === null) throw new NotFoundError('API key')
    if (key.revokedAt !== null && key.revokedAt !== undefined) {
      tx.unchanged()
      return key
    }
    key.revokedAt = new Date()
    await revoke(tx, subject.apiKey(key.id))
    tx.target('api-key', key.id, key.name)
    tx.target('user', key.userId)
    return key
  })
}
