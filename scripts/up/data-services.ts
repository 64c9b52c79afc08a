import { openPostgres, type PostgresOptions } from '../local/postgres.ts'
import { type Stage, stages } from '../local/process-record.ts'
import { openRedis } from '../local/redis.ts'
import type { Household } from './household.ts'
import { settleAll } from './run-step.ts'
import { supervise, type Unit } from './supervise.ts'

export interface DataOptions {
  readonly home: string
  readonly household: Household
  readonly say: (line: string) => void
  readonly onRestart: () => void
  readonly throwaway: boolean
  /** Those that run already, somebody else's to keep and to stop. */
  readonly given: { readonly databaseUrl?: string | undefined; readonly redisUrl?: string | undefined }
}

type Open = (options: PostgresOptions) => Promise<{
  readonly url: string
  readonly pid: number
  readonly ended: Promise<void>
  close(): Promise<void>
}>

/** The URLs of PostgreSQL (the owner role's) and Redis, each given or one of our own, which the household then keeps. */
export async function openDataServices(options: DataOptions): Promise<{ databaseUrl: string; redisUrl: string }> {
  const { databaseUrl, redisUrl } = options.given
  const [database, redis] = await settleAll([
    databaseUrl ? Promise.resolve(databaseUrl) : keep('postgres', stages.postgres, options, openPostgres),
    redisUrl ? Promise.resolve(redisUrl) : keep('redis', stages.redis, options, openRedis),
  ])
  return { databaseUrl: database, redisUrl: redis }
}

async function keep(name: string, stage: Stage, options: DataOptions, open: Open): Promise<string> {
  const { home, household, say, onRestart, throwaway } = options
  let url = ''
  const start = async (): Promise<Unit> => {
    const port = url === '' ? {} : { port: Number(new URL(url).port) }
    const opened = await open({ home, log: say, throwaway, ...port })
    url = opened.url
    return { pid: opened.pid, ended: opened.ended, ready: Promise.resolve(), stop: opened.close }
  }
  household.add(stage, await supervise({ name, start, say, onRestart }))
  return url
}
