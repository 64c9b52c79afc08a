import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { removeMovedData } from '../../scripts/local/data-place.ts'
import { type Environment, environmentFor } from '../../scripts/local/environment.ts'
import { openPostgres } from '../../scripts/local/postgres.ts'
import { openRedis } from '../../scripts/local/redis.ts'
import { generateSecrets } from '../../scripts/local/secrets.ts'
import { startKeeper } from '../../scripts/local/start-keeper.ts'
import { migrate } from '../../scripts/migrate.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The owner role's: may make databases' schemas and roles. */
    databaseUrl: string
    redisUrl: string
    /** All variables of a house on this database; every port is 0, for the system to choose. */
    environment: Environment
  }
}

const anyPort = { identity: 0, agents: 0, integrations: 0, audit: 0, gateway: 0, ops: 0, worker: 0 }

/** One migrated PostgreSQL and one Redis for the whole run, unless DATABASE_URL and REDIS_URL name others. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Made for others to pass through: as root the database runs as another user.
  const home = mkdtempSync(join(tmpdir(), 'forgeops-test-'))
  chmodSync(home, 0o711)
  const log = () => undefined
  // A run that is killed leaves neither servers nor files.
  const keeper = startKeeper(home, 'remove')
  const closers: (() => Promise<void>)[] = [keeper.release]
  const teardown = async () => {
    for (const close of closers.reverse()) await close()
    removeMovedData(home)
    rmSync(home, { recursive: true, force: true })
  }
  try {
    const opened = <S extends { url: string; close(): Promise<void> }>(service: S) => {
      closers.push(service.close)
      return service.url
    }
    const urls = await Promise.allSettled([
      process.env.DATABASE_URL ?? openPostgres({ home, log, throwaway: true }).then(opened),
      process.env.REDIS_URL ?? openRedis({ home, log }).then(opened),
    ])
    const [databaseUrl, redisUrl] = urls.map((url) => {
      if (url.status === 'rejected') throw url.reason
      return url.value
    }) as [string, string]
    const environment: Environment = {
      ...environmentFor({ secrets: generateSecrets(), ports: anyPort, databaseUrl, redisUrl }),
      LOG_LEVEL: 'silent',
    }
    await migrate(environment)
    project.provide('databaseUrl', databaseUrl)
    project.provide('redisUrl', redisUrl)
    project.provide('environment', environment)
    return teardown
  } catch (error) {
    await teardown()
    throw error
  }
}
