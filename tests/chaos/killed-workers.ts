import { setTimeout as pause } from 'node:timers/promises'
import { endProcess, startWorker } from '../kit/worker-process.ts'
import { seededRandom } from './seeded-random.ts'

/** So many are killed however long it takes. */
const killsMin = 60

/**
 * Keeps `count` worker processes going. Each lives for a random time after it has come up, is killed with SIGKILL wherever
 * it is, and is replaced, until `kills` were killed or the time for it is over; the last ones stay.
 *
 * @param killMsMax for how long workers are killed, sixty of them in any case
 * @param lifeMsMax a worker's longest life once it has come up; how long each lives is the seed's
 */
export function keepKilling(options: {
  readonly environment: Readonly<Record<string, string>>
  readonly count: number
  readonly kills: number
  readonly killMsMax?: number
  readonly lifeMsMax: number
  readonly seed: number
}) {
  const { environment, count, kills, killMsMax = Number.POSITIVE_INFINITY, lifeMsMax, seed } = options
  const endsAt = performance.now() + killMsMax
  const living = new Set<Awaited<ReturnType<typeof startWorker>>>()
  let killed = 0
  let given = 0
  const lane = async (number: number) => {
    const random = seededRandom(seed * 1_000 + number)
    for (;;) {
      const worker = await startWorker(environment)
      living.add(worker)
      if (given >= kills || (given >= killsMin && performance.now() > endsAt)) return
      given++
      await pause(random() * lifeMsMax)
      if (worker.exitCode !== null) throw new Error(`A worker ended by itself: ${worker.log.slice(-3).join('\n')}`)
      await endProcess(worker, 'SIGKILL')
      living.delete(worker)
      killed++
    }
  }
  const all = async () => {
    // Only who ends in good order leaves what it compiled for the next.
    await endProcess(await startWorker(environment), 'SIGTERM')
    await Promise.all(Array.from({ length: count }, (_, number) => lane(number)))
  }
  const done = all()
  // Whoever waits for it gets the error.
  done.catch(() => undefined)
  return {
    /** Resolves when the killing is over, with workers that stay. */
    done,
    killed: () => killed,
    async close() {
      given = kills
      await done.catch(() => undefined)
      await Promise.all([...living].map((worker) => endProcess(worker, 'SIGTERM')))
    },
  }
}
