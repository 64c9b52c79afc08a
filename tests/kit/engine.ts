import { openService } from '#platform/http/serve'
import { agentsConfig } from '../../subgraphs/agents/config.ts'
import type { RunError, StepRecord } from '../../subgraphs/agents/jobs.ts'
import { startRun } from '../../subgraphs/agents/run/start-run.ts'
import { agents as agentsSubgraph } from '../../subgraphs/agents/subgraph.ts'
import { workerConfig } from '../../worker/config.ts'
import { worker } from '../../worker/service.ts'
import { type Agents, newAgent, newPlace, type Place, sql } from './agents.ts'
import { openOwnServices } from './own-services.ts'
import { openPeopleServer } from './people-server.ts'
import { openSubgraph } from './subgraph.ts'
import { waitFor } from './wait-for.ts'

/** A run as it stands in the database. */
export interface StoredRun {
  readonly id: string
  readonly status: string
  readonly output: unknown
  readonly error: RunError | null
  readonly steps_done: number
  readonly lease_epoch: number
}

export type StepRow = Pick<
  StepRecord,
  'path' | 'status' | 'attempt' | 'attempts' | 'output' | 'error' | 'usage' | 'state'
>

/** The agents subgraph and a worker in this process, on servers of their own: no other test's worker takes their runs. */
export async function openEngine(variables: Readonly<Record<string, string>> = {}) {
  const services = await openOwnServices()
  const people = await openPeopleServer(String(services.environment.WORKER_REQUEST_KEY))
  const environment = { ...services.environment, IDENTITY_URL: people.url, RUN_LEASE_MS: '2000', ...variables }
  const agents = await openSubgraph(agentsSubgraph, () => agentsConfig(environment))
  const openWorker = () => openService(worker, workerConfig(environment))
  let runtime = await openWorker()
  const place = newPlace(agents)

  const query = <T extends object>(text: string, parameters: unknown[] = [], at: Place = place) =>
    sql<T>(agents, at, text, parameters)
  const stored = async (id: string, at: Place = place): Promise<StoredRun> => {
    const [run] = await query<StoredRun>('select * from agents.run where id = ?', [id], at)
    if (run === undefined) throw new Error(`There is no run ${id}.`)
    return run
  }
  const until = (id: string, status: readonly string[], at: Place = place) =>
    waitFor(`run ${id} to be ${status.join(' or ')}`, async () => {
      const run = await stored(id, at)
      return status.includes(run.status) && run
    })
  return {
    services,
    /** What the people may do whose runs these are. */
    people,
    environment,
    agents: agents as Agents,
    place,
    query,
    stored,
    /** Publishes the steps as an agent and starts a run of it. @returns the run's id */
    async start(definition: object, input: object = {}, at: Place = place): Promise<string> {
      const agent = await newAgent(at, { grants: [], ...definition })
      return (await startRun(at.owning(), { agentId: agent.id, input })).id
    },
    until,
    /** The run once it has ended. */
    ended: (id: string, at: Place = place) => until(id, ['SUCCEEDED', 'FAILED', 'CANCELLED'], at),
    steps: (id: string, at: Place = place) =>
      query<StepRow>('select * from agents.step where run_id = ? order by ordinal', [id], at),
    events: async (id: string, at: Place = place) =>
      (await query<{ type: string }>('select type from agents.run_event where run_id = ? order by seq', [id], at)).map(
        ({ type }) => type,
      ),
    /** One more worker in this process. */
    openWorker,
    async restartWorker() {
      await runtime.close()
      runtime = await openWorker()
    },
    /** Until `restartWorker`. */
    stopWorker: () => runtime.close(),
    async close() {
      await agents.close()
      await runtime.close()
      await people.close()
      await services.close()
    },
  }
}
export type Engine = Awaited<ReturnType<typeof openEngine>>
