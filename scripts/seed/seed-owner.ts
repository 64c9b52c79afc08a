import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemCaller, systemOrganizationId } from '#platform/caller/caller'
import type { Environment } from '#platform/config/read-config'
import { read } from '#platform/db/read'
import { identityConfig } from '../../subgraphs/identity/config.ts'
import { type IdentityCtx, openIdentityParts } from '../../subgraphs/identity/identity.context.ts'
import { foundOrganization, joinSystemOrganization } from '../../subgraphs/identity/organization/found-organization.ts'
import { identityDatabase } from '../../subgraphs/identity/orm.ts'
import { User } from '../../subgraphs/identity/user/user.entity.ts'
import { seedCtx, seedLog, withDatabase } from './seed-context.ts'

const email = 'owner@example.com'

/** The first owner; the generated password is written to `$FORGEOPS_HOME/owner.json` (mode 0600) and nowhere else. */
export function seedOwner(environment: Environment): Promise<{ organizationId: string; userId: string }> {
  const config = identityConfig(environment)
  return withDatabase(identityDatabase, config.databaseUrl, async (db) => {
    const parts = openIdentityParts(config, db, seedLog)
    const ctx: IdentityCtx = seedCtx(db, systemCaller(systemOrganizationId), parts)
    const known = await read(ctx, (em) => em.findOne(User, { email }))
    if (known !== null) return { organizationId: known.organizationIds[0] ?? '', userId: known.id }

    const password = randomBytes(18).toString('base64url')
    // Written first: an account whose password nobody knows would lock the operator out.
    writeFileSync(
      join(environment.FORGEOPS_HOME ?? '.forgeops', 'owner.json'),
      `${JSON.stringify({ email, password })}\n`,
      { mode: 0o600 },
    )
    const { organizationId, owner } = await foundOrganization(ctx, {
      name: 'Example',
      owner: { email, name: 'Example Owner', password },
    })
    await joinSystemOrganization(ctx, owner)
    console.log('Seeded the organization Example and its owner.')
    return { organizationId, userId: owner.id }
  })
}
