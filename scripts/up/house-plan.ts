import { fileURLToPath } from 'node:url'
import type { Stage } from '../local/process-record.ts'
import { stages } from '../local/process-record.ts'

/** One process of the house: the module that it runs, and the variable that holds the port of its probes. */
export interface ProcessPlan {
  readonly name: string
  readonly entry: string
  readonly portVariable: string
  readonly stage: Stage
}

/** A command run once at each start, before the processes: it must be safe to repeat. */
export interface StepPlan {
  readonly name: string
  readonly entry: string
  readonly args?: readonly string[]
}

export interface HousePlan {
  /** Where the entries are. */
  readonly root: string
  /** What needs no database: together, while it starts. */
  readonly preparations: readonly StepPlan[]
  /** One after the other. */
  readonly steps: readonly StepPlan[]
  readonly processes: readonly ProcessPlan[]
}

const subgraph = (name: string): ProcessPlan => ({
  name,
  entry: `subgraphs/${name}/main.ts`,
  portVariable: `${name.toUpperCase()}_PORT`,
  stage: stages.subgraph,
})

/** The house as it is. */
export const housePlan: HousePlan = {
  root: fileURLToPath(new URL('../../', import.meta.url)),
  preparations: [
    { name: 'compose', entry: 'scripts/compose-supergraph.ts', args: ['--check'] },
    { name: 'playground', entry: 'scripts/build-playground.ts' },
  ],
  steps: [
    { name: 'migrate', entry: 'scripts/migrate.ts' },
    { name: 'seed', entry: 'scripts/seed/seed.ts' },
  ],
  processes: [
    subgraph('identity'),
    subgraph('agents'),
    subgraph('integrations'),
    subgraph('audit'),
    { name: 'worker', entry: 'worker/main.ts', portVariable: 'WORKER_PORT', stage: stages.worker },
    { name: 'gateway', entry: 'gateway/main.ts', portVariable: 'PORT', stage: stages.gateway },
  ],
}
