import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from '../log/logger.ts'
import { Redis } from './redis.ts'

export interface RedisOptions {
  /** `redis://` or `rediss://`; its password is never logged. */
  readonly url: string
  readonly log: Logger
  /** What the connection is for: its name in Redis's client list and in the log. */
  readonly name: string
  /** How long a command may take, in milliseconds; a connection whose commands block needs more than they do. */
  readonly deadlineMs?: number
}

const firstConnectionMs = 1_000
const defaultDeadlineMs = 250

/**
 * Begins to keep a connection to Redis. Waits a second at most for the first one: a process starts without Redis too.
 *
 * @throws TypeError when the URL is none
 */
export async function openRedis({ deadlineMs = defaultDeadlineMs, ...options }: RedisOptions): Promise<Redis> {
  const redis = new Redis({ ...options, deadlineMs })
  const gaveUp = new AbortController()
  await Promise.race([redis.connected, pause(firstConnectionMs, undefined, { signal: gaveUp.signal })])
  gaveUp.abort()
  return redis
}
