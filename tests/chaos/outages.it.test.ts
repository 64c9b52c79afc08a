import { setTimeout as pause } from 'node:timers/promises'
import { createClient } from 'redis'
import { expect, test } from 'vitest'
import { openPostgres } from '../../scripts/local/postgres.ts'
import { waitFor } from '../kit/wait-for.ts'
import { openChaosHouse } from './chaos-house.ts'
import { faultsOf } from './faults.ts'
import { keepKilling } from './killed-workers.ts'
import { seededRandom } from './seeded-random.ts'

/** What a run may be without owner and hint: a lease and a sweep, with room for a loaded machine. */
const overdueMsMax = 30_000

test('Redis that forgets everything and PostgreSQL that restarts under load cost no run anything but time', async () => {
  const house = await openChaosHouse(seededRandom(1))
  const workers = keepKilling({ environment: house.environment, count: 2, kills: 0, lifeMsMax: 0, seed: 1 })
  const redis = createClient({ url: house.services.redis.url })
  redis.on('error', () => undefined)
  let { postgres } = house.services
  try {
    await Promise.all([workers.done, redis.connect()])
    for (let n = 0; n < 60; n += 10) await Promise.all(Array.from({ length: 10 }, () => house.startRun()))

    const overdue: number[] = []
    const left = async () => {
      const { count, overdueMs } = await house.unfinished().catch(() => ({ count: 1, overdueMs: 0 }))
      overdue.push(overdueMs)
      return count
    }
    await waitFor('the runs to be under way', async () => house.outside.arrivals.size > 30)
    for (let n = 0; n < 5; n++) {
      await redis.flushAll()
      await left()
      await pause(100)
    }
    await postgres.close()
    await redis.flushAll()
    postgres = await openPostgres({
      ...{ home: house.services.home, log: () => undefined, throwaway: true },
      port: Number(new URL(postgres.url).port),
    })
    await waitFor('all runs to end', async () => (await left()) === 0, 90_000)
    expect(await faultsOf(house)).toEqual([])
    expect(Math.max(...overdue)).toBeLessThan(overdueMsMax)
  } finally {
    await redis.close()
    await workers.close()
    await postgres.close()
    await house.close()
  }
}, 150_000)
