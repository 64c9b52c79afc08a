import { systemCaller } from '#platform/caller/caller'
import type { Ctx } from '#platform/graphql/context'
import { newId } from '#platform/id'
import type { Agent } from '../../subgraphs/agents/agent/agent.entity.ts'
import { createAgent } from '../../subgraphs/agents/agent/create-agent.ts'
import { publishAgentVersion } from '../../subgraphs/agents/agent/publish-agent-version.ts'
import { agentsConfig } from '../../subgraphs/agents/config.ts'
import {
  type ClaimedRun,
  commitRun,
  effectKeyOf,
  endActions,
  finishRun,
  RunClaims,
  type RunCommit,
  type StepRecord,
} from '../../subgraphs/agents/jobs.ts'
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

/** @param lastChance whether the owner has room for a run that is on its last chance */
export const claimRun = (ctx: Ctx, runId: string, owner = 'a worker', leaseMs = 60_000, lastChance = true) =>
  new RunClaims(owner, leaseMs, { onLastChance: () => lastChance }).claim(ctx, runId)

export async function claimed(place: Place, runId: string, leaseMs = 60_000): Promise<ClaimedRun> {
  const run = await claimRun(place.system(), runId, 'a worker', leaseMs)
  if (run === undefined) throw new Error('There was nothing to claim.')
  return run
}

/** A commit with nothing in it but what is told. */
export const aCommit = (more: Partial<RunCommit> = {}): RunCommit => ({
  ...{ number: 1, steps: [], events: [], stepsDone: 0, inputTokens: 0, outputTokens: 0, costMicros: 0 },
  ...more,
})

/** A step of a run as its owner would store it: one that has begun, unless told. */
export function aStep(run: ClaimedRun, path: string, more: Partial<StepRecord> = {}): StepRecord {
  const at = new Date().toISOString()
  return {
    ...{ id: newId(), path, stepId: path, kind: 'tool', status: 'RUNNING', attempt: 1, epoch: run.epoch, attempts: [] },
    ...{ waitsFor: null, dueAt: null, eventName: null, eventKey: null, state: null, input: null, output: null },
    ...{ error: null, usage: null, effectKey: effectKeyOf(run.runId, path), ordinal: run.steps.length },
    ...{ doneOrdinal: null, startedAt: at, finishedAt: null },
    ...more,
  }
}

/** Stores a completed step of a run that was just claimed. */
export const storedStep = (place: Place, run: ClaimedRun, path: string, output: unknown, number = 1) =>
  commitRun(
    place.system(),
    run,
    aCommit({
      number,
      steps: [
        aStep(run, path, { status: 'SUCCEEDED', output, doneOrdinal: number, finishedAt: new Date().toISOString() }),
      ],
      events: (['step.started', 'step.succeeded'] as const).map((type) => ({
        ...{ id: newId(), type, at: new Date().toISOString() },
        data: { path, kind: 'transform' },
      })),
      stepsDone: 1,
    }),
  )

/** Ends a run that was claimed, as its commit of that number. */
export function ended(place: Place, run: ClaimedRun, end: NonNullable<RunCommit['end']>, number = 1): Promise<void> {
  const data = end.error === undefined ? {} : { error: end.error }
  const events = [{ id: newId(), type: endActions[end.status], data, at: new Date().toISOString() }]
  return finishRun(place.system(), run, { ...aCommit({ number, events }), end })
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
  sql(subgraph, place, `update agents.run set due_at = now() - interval '1 second' where id = ? returning id`, [runId])
