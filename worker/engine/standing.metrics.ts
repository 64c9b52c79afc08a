import { Gauge } from 'prom-client'
import type { Metrics } from '#platform/telemetry/metrics'
import type { StandingRuns } from '../../subgraphs/agents/jobs.ts'

/**
 * Tells at each scrape which runs and schedules stand still, over all organizations: every worker tells the same. Without
 * an answer of the database there is no value: it is not zero.
 */
export function measureStanding({ registry }: Metrics, standing: () => Promise<StandingRuns>): void {
  const registers = [registry]
  let asking: Promise<StandingRuns | undefined> | undefined
  // Asked once for all metrics of a scrape.
  const told = () => {
    asking ??= standing()
      .catch(() => undefined)
      .finally(() => {
        asking = undefined
      })
    return asking
  }
  const one = (of: (standing: StandingRuns) => number) =>
    async function collect(this: Gauge): Promise<void> {
      this.reset()
      const now = await told()
      if (now === undefined) this.remove()
      else this.set(of(now))
    }
  const each = (label: string, of: (standing: StandingRuns) => Readonly<Record<string, number>>) =>
    async function collect(this: Gauge): Promise<void> {
      this.reset()
      const now = await told()
      for (const [name, count] of Object.entries(now === undefined ? {} : of(now))) this.set({ [label]: name }, count)
    }

  new Gauge({
    name: 'runs_due',
    help: 'Runs that a worker may take and none has taken; no more than 10000 are counted',
    registers,
    collect: one(({ due }) => due),
  })
  new Gauge({
    name: 'runs_due_oldest_age_seconds',
    help: 'How long the run has waited for a worker that waits longest',
    registers,
    collect: one(({ oldestDueSeconds }) => oldestDueSeconds),
  })
  new Gauge({
    name: 'runs_held',
    help: 'Runs that a limit holds back, by the limit; no more than 10000 are counted',
    labelNames: ['limit'],
    registers,
    collect: each('limit', ({ held }) => held),
  })
  new Gauge({
    name: 'run_dead_letters',
    help: 'Runs that were set aside because their workers were lost',
    registers,
    collect: one(({ deadLetters }) => deadLetters),
  })
  new Gauge({
    name: 'schedules_due_oldest_age_seconds',
    help: 'How long the schedule has been due that is due longest',
    registers,
    collect: one(({ oldestScheduleSeconds }) => oldestScheduleSeconds),
  })
  new Gauge({
    name: 'schedules_paused',
    help: 'Schedules that stopped by themselves, by the reason',
    labelNames: ['code'],
    registers,
    collect: each('code', ({ pausedSchedules }) => pausedSchedules),
  })
}
