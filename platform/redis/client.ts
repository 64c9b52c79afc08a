import { createClient } from 'redis'

const connectTimeoutMs = 2_000
const firstWaitMs = 50
const waitMsMax = 2_000

export interface ClientOptions {
  readonly url: string
  readonly name: string
}

/** A node-redis client that fails at once while it is not connected, and connects again for as long as it is open. */
export const newClient = ({ url, name }: ClientOptions) =>
  createClient({
    url,
    name,
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    socket: { connectTimeout: connectTimeoutMs, reconnectStrategy: waitBefore },
  })

export type RedisClient = ReturnType<typeof newClient>

/** Between half the wait and all of it, so that processes which lost Redis together do not come back together. */
const waitBefore = (retries: number) =>
  Math.min(firstWaitMs * 2 ** Math.min(retries, 10), waitMsMax) * (0.5 + Math.random() / 2)
