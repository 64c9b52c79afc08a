import { ConfigError, type Environment, readConfig } from '#platform/config/read-config'
import { openDatabase } from '#platform/db/database'
import { DomainError } from '#platform/errors/domain-error'
import { createLogger } from '#platform/log/logger'
import { createBootstrapToken } from '../../subgraphs/identity/bootstrap/create-bootstrap-token.ts'
import { identityVariables } from '../../subgraphs/identity/config.ts'
import { systemCtx } from '../../subgraphs/identity/identity.context.ts'
import { identityDatabase } from '../../subgraphs/identity/orm.ts'

type Print = (line: string) => void

/**
 * Makes the token that makes the first owner: `npm run bootstrap`, with identity's `IDENTITY_DATABASE_URL`.
 *
 * @param print takes the token, and nothing else
 * @param say takes what a person should know
 * @returns the exit code: 1 when there is an owner already, or the command could not do its work
 */
export async function bootstrapCommand(environment: Environment, print: Print, say: Print): Promise<number> {
  try {
    const { IDENTITY_DATABASE_URL } = identityVariables
    const { IDENTITY_DATABASE_URL: url } = readConfig({ IDENTITY_DATABASE_URL }, environment)
    const db = await openDatabase(identityDatabase, { url, poolMax: 1 })
    try {
      const log = createLogger({ service: 'bootstrap', version: '0', environment: 'production', level: 'silent' })
      const { token, expiresAt } = await createBootstrapToken(systemCtx(db, log, undefined))
      print(token)
      say(
        `Give it to the mutation bootstrapOwner before ${expiresAt.toISOString().slice(11, 16)} UTC. It works once, and is not shown again.`,
      )
      return 0
    } finally {
      await db.orm.close()
    }
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof DomainError))
      say(`The database does not answer as it should: ${error instanceof Error ? error.message : error}`)
    else say(error.message)
    return 1
  }
}
