import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { anonymousCaller, systemCaller, systemOrganizationId } from '#platform/caller/caller'
import type { Environment } from '#platform/config/read-config'
import { read } from '#platform/db/read'
import { bootstrapOwner } from '../../subgraphs/identity/bootstrap/bootstrap-owner.ts'
import { createBootstrapToken } from '../../subgraphs/identity/bootstrap/create-bootstrap-token.ts'
import { identityConfig } from '../../subgraphs/identity/config.ts'
import { type IdentityCtx, openIdentityParts } from '../../subgraphs/identity/identity.context.ts'
import { identityDatabase } from '../../subgraphs/identity/orm.ts'
import { endSessionsEverywhere } from '../../subgraphs/identity/session/log-out-everywhere.ts'
import { User } from '../../subgraphs/identity/user/user.entity.ts'
import { seedCtx, seedLog, withDatabase } from './seed-context.ts'

const email = 'owner@example.com'

/**
 * The first owner, made as everywhere by spending a bootstrap token, which is made here. The generated password is
 * written to `$FORGEOPS_HOME/owner.json` (mode 0600) and nowhere else.
 *
 * @throws BootstrapDoneError when the platform has another owner
 */
export function seedOwner(environment: Environment): Promise<{ organizationId: string; userId: string }> {
  const config = identityConfig(environment)
  return withDatabase(identityDatabase, config.databaseUrl, async (db) => {
    const parts = openIdentityParts(config, db, seedLog)
    const system: IdentityCtx = seedCtx(db, systemCaller(systemOrganizationId), parts)
    const known = await read(system, (em) => em.findOne(User, { email }))
    if (known !== null) return placeOf(known)

    const { token } = await createBootstrapToken(system)
    const password = randomBytes(18).toString('base64url')
    // Written first: an account whose password nobody knows would lock the operator out.
    writeFileSync(
      join(environment.FORGEOPS_HOME ?? '.forgeops', 'owner.json'),
      `${JSON.stringify({ email, password })}\n`,
      { mode: 0o600 },
    )
    const stranger = seedCtx(db, anonymousCaller(null), parts)
    const account = { email, name: 'Example Owner', password, organizationName: 'Example' }
    await bootstrapOwner(stranger, { token, ...account })
    const owner = await read(system, (em) => em.findOne(User, { email }))
    if (owner === null) throw new Error('The owner that was just made is not there.')
    // Nobody is there to use the session that came with it.
    await endSessionsEverywhere(system, owner)
    console.log('Seeded the organization Example and its owner.')
    return placeOf(owner)
  })
}

const placeOf = ({ id, organizationIds: [organizationId = ''] }: User) => ({ organizationId, userId: id })
