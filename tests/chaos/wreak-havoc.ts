import { setTimeout as pause } from 'node:timers/promises'
import { openChaosHouse } from './chaos-house.ts'
import { faultsOf } from './faults.ts'
import { keepKilling } from './killed-workers.ts'
import { seededRandom } from './seeded-random.ts'

export interface Havoc {
  readonly seed: number
  readonly kills: number
  readonly workers: number
  /** This many are kept unfinished for as long as workers are killed. */
  readonly runsAtOnce: number
  readonly lifeMsMax: number
  /** For how long workers are killed, when `kills` are not reached before. */
  readonly killMsMax?: number
  /** What it may take from the last kill until every run has ended. */
  readonly drainMs: number
  readonly say: (line: string) => void
}

export interface Outcome {
  readonly seed: number
  readonly kills: number
  readonly runs: number
  /** How many owners the runs had, all told. */
  readonly owners: number
  /** How often a run was set aside as a dead letter, and tried again. */
  readonly redriven: number
  readonly fencedAttempts: number
  readonly seconds: number
  /** The longest time for which a run that was due had no owner. */
  readonly overdueMsMax: number
  readonly faults: readonly string[]
}

/** Kills workers at random instants while runs of twenty steps are under way, lets all runs end, and says what is wrong. */
export async function wreakHavoc(havoc: Havoc): Promise<Outcome> {
  const { seed, kills, runsAtOnce, drainMs, say } = havoc
  const house = await openChaosHouse(seededRandom(seed))
  const startedAtMs = Date.now()
  const killing = keepKilling({ ...havoc, count: havoc.workers, environment: house.environment })
  let overdueMsMax = 0
  let redriven = 0
  const look = async () => {
    const { count, overdueMs } = await house.unfinished()
    overdueMsMax = Math.max(overdueMsMax, overdueMs)
    return count
  }
  try {
    let over = false
    const end = killing.done.finally(() => {
      over = true
    })
    end.catch(() => undefined)
    for (let round = 0; !over; round++) {
      const missing = runsAtOnce - (await look())
      for (let lack = missing; lack > 0; lack -= 10)
        await Promise.all(Array.from({ length: Math.min(lack, 10) }, () => house.startRun()))
      if (round % 20 === 0) say(`${killing.killed()} of ${kills} killed, ${house.started()} runs started`)
      redriven += await house.redrive()
      await pause(250)
    }
    await end
    const lastKillMs = Date.now()
    while ((await look()) > 0 && Date.now() - lastKillMs < drainMs) {
      redriven += await house.redrive()
      await pause(200)
    }
    const owners = await sum(house.rows('select sum(lease_epoch)::int as n from agents.run'))
    const fenced = `select count(*)::int as n from agents.step, jsonb_array_elements(attempts) as a where a->>'status' = 'FENCED'`
    const fencedAttempts = await sum(house.rows(fenced))
    const faults = await faultsOf(house)
    const seconds = Math.round((Date.now() - startedAtMs) / 1_000)
    return {
      ...{ seed, kills: killing.killed(), runs: house.started(), owners, redriven, fencedAttempts, seconds },
      ...{ overdueMsMax: Math.round(overdueMsMax), faults },
    }
  } finally {
    await killing.close()
    await house.close()
  }
}

const sum = async (rows: Promise<{ readonly n: number | null }[]>): Promise<number> =>
  (await rows).reduce((total, { n }) => total + (n ?? 0), 0)
