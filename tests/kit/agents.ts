import { systemCaller } from '#platform/caller/caller'
import type { Ctx } from '#platform/graphql/context'
import { newId } from '#platform/id'
import type { Agent } from '../../subgraphs/agents/agent/agent.entity.ts'
import { createAgent } from '../../subgraphs/agents/agent/create-agent.ts'
import { publishAgentVersion } from '../../subgraphs/agents/agent/publish-agent-version.ts'
import { agentsConfig } from '../../subgraphs/agents/config.ts'
import { type ClaimedRun, claimRun } from '../../subgraphs/agents/jobs.ts'
import type { Run } from '../../subgraphs/agents/run/run.entity.ts'
import { startRun } from '../../subgraphs/agents/run/start-run.ts'
import { agents } from '../../subgraphs/agents/subgraph.ts'
import { memberCaller } from './organizations.ts'
import { openSubgraph } from './subgraph.ts'

export const openAgents = () => openSubgraph(agents, agentsConfig)
export type Agents = Awaited<ReturnType<typeof openAgents>>

/** A definition with nothing in it that needs the outside. */
export const smallDefinition = (more: object = {}) => ({
  grants: ['audit:read'],
  steps: [{ id: 'greeting', kind: 'transform', expression: '"Hello " & input.name' }],
  ...more,
})

/** Contexts of an organization's people and of the system working for it. */
export function newPlace(subgraph: Agents) {
  const organizationId = newId()
  const owner = memberCaller(organizationId, ['owner'])
  const viewer = memberCaller(organizationId, ['viewer'])
  return {
    organizationId,
    owner,
    viewer,
    owning: (): Ctx => subgraph.ctxFor(owner),
    system: (): Ctx => subgraph.ctxFor(systemCaller(organizationId)),
  }
}
export type Place = ReturnType<typeof newPlace>

export async function newAgent(place: Place, definition: unknown = smallDefinition()): Promise<Agent> {
  const agent = await createAgent(place.owning(), { name: `Agent ${newId()}`, description: '' })
  return publishAgentVersion(place.owning(), { agentId: agent.id, definition })
}

export async function newRun(place: Place, input: object = {}): Promise<Run> {
  const agent = await newAgent(place)
  return startRun(place.owning(), { agentId: agent.id, input })
}

export async function claimed(place: Place, runId: string, leaseMs = 60_000): Promise<ClaimedRun> {
  const run = await claimRun(place.system(), runId, 'a worker', leaseMs)
  if (run === undefined) throw new Error('There was nothing to claim.')
  return run
}

/** Rows of the organization, past the verbs: for looking at what was stored, or for making time pass. */
export const sql = <T extends object>(subgraph: Agents, place: Place, text: string, parameters: unknown[] = []) =>
  subgraph.db.orm.em.fork().transactional(async (em) => {
    await em.execute(`select set_config('app.organization_id', ?, true)`, [place.organizationId])
    return em.execute<T[]>(text, parameters)
  })

/** The audit records and events that the organization's outbox holds, in order. */
export const outbox = (subgraph: Agents, place: Place) =>
  sql<{ type: string; key: string; data: Record<string, never> }>(
    subgraph,
    place,
    'select type, key, data from agents.outbox order by sequence',
  )

export const endLease = (subgraph: Agents, place: Place, runId: string) =>
  sql(subgraph, place, `update agents.run set lease_until = now() - interval '1 second' where id = ? returning id`, [
    runId,
  ])
