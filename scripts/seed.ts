import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemCaller, systemOrganizationId } from '#platform/caller/caller'
import { openDatabase } from '#platform/db/database'
import { newId } from '#platform/id'
import { createLogger } from '#platform/log/logger'
import { continueTrace } from '#platform/telemetry/trace-context'
import { identityConfig } from '../subgraphs/identity/config.ts'
import type { IdentityCtx } from '../subgraphs/identity/identity.context.ts'
import {
  foundOrganization,
  isEmpty,
  joinSystemOrganization,
} from '../subgraphs/identity/organization/found-organization.ts'
import { identityDatabase } from '../subgraphs/identity/orm.ts'
import { PasswordHasher } from '../subgraphs/identity/session/password-hasher.ts'
import { TokenSigner } from '../subgraphs/identity/session/token-signer.ts'

const ownerEmail = 'owner@example.com'

/** Founds the first organization once, with a generated owner account in `$FORGEOPS_HOME/owner.json` (mode 0600). */
const config = identityConfig(process.env)
const db = await openDatabase(identityDatabase, { url: config.databaseUrl, poolMax: 2 })
try {
  const ctx: IdentityCtx = {
    caller: systemCaller(systemOrganizationId),
    db,
    parts: { hasher: new PasswordHasher(), signer: new TokenSigner(config.signingKey, config.issuer) },
    requestId: newId(),
    traceparent: continueTrace(undefined),
    log: createLogger({ service: 'seed', version: '0', environment: config.environment, level: 'silent' }),
    loaders: new Map(),
  }
  if (await isEmpty(ctx)) {
    const password = randomBytes(18).toString('base64url')
    const { owner } = await foundOrganization(ctx, {
      name: 'Example',
      owner: { email: ownerEmail, name: 'Example Owner', password },
    })
    await joinSystemOrganization(ctx, owner)
    const home = process.env.FORGEOPS_HOME ?? '.forgeops'
    writeFileSync(join(home, 'owner.json'), `${JSON.stringify({ email: ownerEmail, password })}\n`, { mode: 0o600 })
    console.log('Seeded the organization Example.')
  } else {
    console.log('Already seeded.')
  }
} finally {
  await db.orm.close()
}
