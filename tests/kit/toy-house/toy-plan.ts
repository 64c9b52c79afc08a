import { fileURLToPath } from 'node:url'
import { stages } from '../../../scripts/local/process-record.ts'
import type { HousePlan, ProcessPlan } from '../../../scripts/up/house-plan.ts'

const process = (name: string, stage: ProcessPlan['stage']): ProcessPlan => ({
  name,
  entry: 'tests/kit/toy-house/toy-service.ts',
  portVariable: name === 'gateway' ? 'PORT' : 'TOY_PORT',
  stage,
})

/** The shape of the real house with processes that only answer their probes: for tests of what starts and stops them. */
export const toyPlan: HousePlan = {
  root: fileURLToPath(new URL('../../../', import.meta.url)),
  preparations: [],
  steps: [
    { name: 'migrate', entry: 'tests/kit/toy-house/toy-migrate.ts' },
    { name: 'seed', entry: 'tests/kit/toy-house/toy-seed.ts' },
  ],
  processes: [
    process('identity', stages.subgraph),
    process('agents', stages.subgraph),
    process('worker', stages.worker),
    process('gateway', stages.gateway),
  ],
}
