import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeMovedData } from '../../scripts/local/data-place.ts'
import { type Environment, environmentFor } from '../../scripts/local/environment.ts'
import { openPostgres } from '../../scripts/local/postgres.ts'
import { openRedis } from '../../scripts/local/redis.ts'
import { generateSecrets } from '../../scripts/local/secrets.ts'
import { startKeeper } from '../../scripts/local/start-keeper.ts'
import { migrate } from '../../scripts/migrate.ts'

const anyPort = { identity: 0, agents: 0, integrations: 0, audit: 0, gateway: 0, ops: 0, worker: 0 }

/** A migrated PostgreSQL and a Redis of the test's own, for what must see every row or stop a server. */
export async function openOwnServices() {
  const home = mkdtempSync(join(tmpdir(), 'forgeops-own-'))
  chmodSync(home, 0o711)
  const log = () => undefined
  // A run that is killed leaves neither servers nor files.
  const keeper = startKeeper(home, 'remove')
  const postgres = await openPostgres({ home, log, throwaway: true })
  const redis = await openRedis({ home, log })
  const environment: Environment = {
    ...environmentFor({
      secrets: generateSecrets(),
      ports: anyPort,
      databaseUrl: postgres.url,
      redisUrl: redis.url,
    }),
    LOG_LEVEL: 'silent',
  }
  await migrate(environment)
  return {
    home,
    environment,
    postgres,
    redis,
    async close() {
      await redis.close()
      await postgres.close()
      await keeper.release()
      removeMovedData(home)
      rmSync(home, { recursive: true, force: true })
    },
  }
}
