import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemCaller } from '#platform/caller/caller'
import { openService } from '#platform/http/serve'
import { signedCall } from '#platform/http/signed-call'
import { newId } from '#platform/id'
import { createLogger } from '#platform/log/logger'
import { type ChangeFeed, openChangeFeed } from '#platform/redis/change-feed'
import { refusalsAudience, refusalsPath } from '#platform/refusals/refusal'
import { agentsConfig } from '../subgraphs/agents/config.ts'
import { agents as agentsSubgraph } from '../subgraphs/agents/subgraph.ts'
import { auditConfig } from '../subgraphs/audit/config.ts'
import { audit } from '../subgraphs/audit/subgraph.ts'
import { type Agents, newAgent, newPlace, newRun } from '../tests/kit/agents.ts'
import { openOwnServices } from '../tests/kit/own-services.ts'
import { openSubgraph } from '../tests/kit/subgraph.ts'
import { waitFor } from '../tests/kit/wait-for.ts'
import { workerConfig } from './config.ts'
import { worker } from './service.ts'

const log = createLogger({ service: 'test', version: '0', environment: 'test', level: 'silent' })
const heard = new Set<string>()
let runtime: Awaited<ReturnType<typeof openService>>
let feed: ChangeFeed
let agents: Agents
let trail: Awaited<ReturnType<typeof openTrail>>
const openTrail = () => openSubgraph(audit, () => auditConfig(services.environment))
// A worker takes whatever it finds: not among the things of other tests.
let services: Awaited<ReturnType<typeof openOwnServices>>
beforeAll(async () => {
  services = await openOwnServices()
  const { environment } = services
  feed = await openChangeFeed(environment.REDIS_URL ?? '', log)
  feed.listen({
    changed: ({ organizationId, subjects }) => {
      for (const subject of subjects) heard.add(`${organizationId}/${subject}`)
    },
    missed: () => undefined,
  })
  await waitFor('the feed', () => feed.isLive)
  runtime = await openService(worker, workerConfig(environment))
  agents = await openSubgraph(agentsSubgraph, () => agentsConfig(environment))
  trail = await openTrail()
})
afterAll(async () => {
  await Promise.all([agents.close(), trail.close(), feed.close()])
  await runtime.close()
  await services.close()
})

const hears = (organizationId: string, subject: string) =>
  waitFor(`the change of ${subject}`, () => heard.has(`${organizationId}/${subject}`))

test('what an audited change touched is told of, with the trail, once the event stands in the trail', async () => {
  const place = newPlace(agents)
  const agent = await newAgent(place)
  await hears(place.organizationId, `agent:${agent.id}`)
  await hears(place.organizationId, 'audit')
  const told = await trail.follow(place.owner, 'subscription { auditEvents(afterSeq: 0) { seq } }')
  expect(told.events.length).toBeGreaterThan(0)
})

test('each transition of a run is told of, while a worker takes it to its end', async () => {
  const place = newPlace(agents)
  const run = await newRun(place, { name: 'you' })
  const text = 'subscription ($id: ID!) { runEvents(runId: $id) { seq type } }'
  const types: string[] = []
  let position = 0
  // As a follower does: asks, and asks on when it is woken.
  for (;;) {
    heard.delete(`${place.organizationId}/run:${run.id}`)
    const answer = await agents.follow(place.viewer, text, { id: run.id }, `${position}`)
    types.push(...answer.events.map((each) => (each as unknown as { runEvents: { type: string } }).runEvents.type))
    position = answer.position ?? position
    if (answer.ended) break
    expect(answer.topic).toBe(`${place.organizationId}/run:${run.id}`)
    await hears(place.organizationId, `run:${run.id}`)
  }
  expect(types).toEqual(['run.queued', 'run.started', 'step.started', 'step.succeeded', 'run.succeeded'])
})

test('a refusal that the gateway hands over is told of as a growth of the trail', async () => {
  const organizationId = newId()
  const now = new Date().toISOString()
  const refusal = {
    ...{ id: newId(), organizationId, actor: { type: 'user', id: newId(), onBehalfOf: null } },
    ...{ address: null, userAgent: null, coordinate: 'Query.me', code: 'FORBIDDEN', reason: null, count: 1 },
    ...{ minute: now, firstAt: now, lastAt: now, requestId: newId(), traceId: 'f'.repeat(32) },
  }
  await signedCall({
    url: new URL(refusalsPath, trail.url),
    audience: refusalsAudience,
    key: trail.config.requestKey,
    caller: systemCaller(organizationId),
    body: { id: newId(), refusals: [refusal] },
    timeoutMs: 10_000,
  })
  await hears(organizationId, 'audit')
})
