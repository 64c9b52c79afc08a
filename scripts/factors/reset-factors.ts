import { ConfigError, type Environment } from '#platform/config/read-config'
import { openDatabase } from '#platform/db/database'
import { read } from '#platform/db/read'
import { write } from '#platform/db/write'
import { type Ctx, withCaller } from '#platform/graphql/context'
import { createLogger } from '#platform/log/logger'
import { removeAllFactors } from '../../subgraphs/identity/factor/remove-all-factors.ts'
import { systemCtx } from '../../subgraphs/identity/identity.context.ts'
import { identityDatabase } from '../../subgraphs/identity/orm.ts'
import { endSessionsEverywhere } from '../../subgraphs/identity/session/log-out-everywhere.ts'
import { User } from '../../subgraphs/identity/user/user.entity.ts'
import { keysConfig } from '../keys/keys-environment.ts'

const usage = `Usage: npm run factors:reset -- <e-mail address>   (with identity's variables; of a house that runs by make up, without)

Removes the second factors of a person whom no administrator can help, such as the last owner, and ends their sessions.
The password stays. The trail of their organization has it as the system's act.`

/**
 * The operator's way to help somebody who has lost their second factors.
 *
 * @returns the exit code: 1 when there is no such person or no database, 2 when the command was not understood
 */
export async function resetFactorsCommand(
  args: readonly string[],
  environment: Environment,
  print: (line: string) => void,
): Promise<number> {
  const [email, ...more] = args
  if (email === undefined || !email.includes('@') || more.length > 0) {
    print(usage)
    return 2
  }
  try {
    const db = await openDatabase(identityDatabase, { url: keysConfig(environment).databaseUrl, poolMax: 2 })
    try {
      const log = createLogger({ service: 'factors', version: '0', environment: 'production', level: 'silent' })
      const found = await resetFactorsOf(systemCtx(db, log, {}), email)
      print(
        found
          ? 'Done: the next sign-in asks for the password, and for a new factor where one is needed.'
          : 'There is no such account.',
      )
      return found ? 0 : 1
    } finally {
      await db.orm.close()
    }
  } catch (error) {
    print(error instanceof ConfigError ? error.message : `The database cannot be asked: ${(error as Error).message}`)
    return 1
  }
}

async function resetFactorsOf(ctx: Ctx, email: string): Promise<boolean> {
  const user = await read(ctx, (em) => em.findOne(User, { email: email.trim().toLowerCase() }))
  if (user === null) return false
  const organizationId = user.organizationIds[0] ?? ctx.caller.organizationId
  await write(withCaller(ctx, { ...ctx.caller, organizationId }), 'factor.reset', async (tx) => {
    tx.target('user', user.id, user.name)
    await removeAllFactors(tx, user.id)
  })
  await endSessionsEverywhere(ctx, user)
  return true
}
