import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type OpenHouse, openHouse } from '../kit/house.ts'
import { newAgent, startRun } from '../kit/house-runs.ts'
import { type Followed, type LiveAnswer, transports } from '../kit/live-clients.ts'
import { newMember, type Person, seededOwner } from '../kit/people.ts'
import { waitFor } from '../kit/wait-for.ts'

const steps = 30
/** Queued, started, each step's beginning and end, succeeded. */
const eventsOfRun = 2 + 2 * steps + 1
const definition = {
  grants: [],
  steps: Array.from({ length: steps }, (_, n) => ({ id: `s${n}`, kind: 'transform', expression: `${n}` })),
}

let house: OpenHouse
let owner: Person
let agentId: string
beforeAll(async () => {
  house = await openHouse()
  owner = await seededOwner(house)
  agentId = await newAgent(house, owner, { name: 'A long one', definition })
})
afterAll(() => house?.close())

const upTo = (n: number, from = 1) => Array.from({ length: n - from + 1 }, (_, i) => from + i)
const token =
  (person = owner) =>
  () =>
    person.token

interface RunEvent {
  readonly seq: number
  readonly type: string
  readonly run: { readonly status: string; readonly agent: object; readonly startedBy: object }
}
const runEvent = (answer: LiveAnswer) => answer.data?.runEvents as RunEvent
const seqOf = ({ data }: LiveAnswer) => (Object.values(data ?? {})[0] as { seq: number } | undefined)?.seq ?? 0
const followRun = `subscription ($runId: ID!, $after: Int) { runEvents(runId: $runId, afterSeq: $after) {
  seq type run { status agent { name } startedBy { id name } }
} }`
const followTrail =
  'subscription ($after: SafeInt) { auditEvents(afterSeq: $after) { seq action targets { id } actor { ... on User { name } } } }'

describe.each(transports)('over $transport', ({ follow }) => {
  const begin = (query: string, variables: Record<string, unknown>, more: object = {}): Followed => {
    const followed = follow({ url: house.house.dev.graphqlUrl, query, variables, token: token(), ...more })
    onTestFinished(() => followed.leave())
    return followed
  }

  test('a run is followed from its first event to its last, with what other subgraphs know of it, and then it is over', async () => {
    const runId = await startRun(house, owner, agentId)
    const followed = begin(followRun, { runId })
    await waitFor('the end', () => followed.isComplete || followed.error !== undefined, 60_000)
    expect(followed.error).toBeUndefined()
    expect(followed.results.flatMap(({ errors }) => errors ?? [])).toEqual([])
    const told = followed.results.map(runEvent)
    expect(told.map(({ seq }) => seq)).toEqual(upTo(eventsOfRun))
    expect([told[0]?.type, told[1]?.type, told.at(-1)?.type]).toEqual(['run.queued', 'run.started', 'run.succeeded'])
    expect(told.at(-1)?.run).toEqual({
      status: 'SUCCEEDED',
      agent: { name: 'A long one' },
      startedBy: { id: owner.id, name: expect.any(String) },
    })
    expect(followed.connections).toBe(1)
  })

  test('whoever leaves and comes back after any event hears each event once', async () => {
    const runId = await startRun(house, owner, agentId)
    const heard: number[] = []
    let isOver = false
    let comings = 0
    while (!isOver) {
      const after = heard.at(-1) ?? 0
      const leaveAfter = 1 + Math.floor(Math.random() * 12)
      comings += 1
      let left = false
      const followed = begin(
        followRun,
        { runId, after },
        {
          onResult: (answer: LiveAnswer) => {
            if (!left) heard.push(seqOf(answer))
            left ||= heard.length >= after + leaveAfter
          },
        },
      )
      await waitFor('a part', () => left || followed.isComplete || followed.error !== undefined, 60_000)
      expect(followed.error).toBeUndefined()
      followed.leave()
      isOver = followed.isComplete && !left
    }
    expect(heard).toEqual(upTo(eventsOfRun))
    expect(comings).toBeGreaterThan(4)
  })

  test('the trail is told as it grows, also while Redis is away and when it is back', async () => {
    const followed = begin(followTrail, { after: 0 })
    await waitFor('what there is', () => followed.results.length > 0)
    const grow = async () => {
      const agent = await newAgent(house, owner)
      const isOfIt = ({ data }: LiveAnswer) => JSON.stringify(data).includes(agent)
      // Made, and published.
      await waitFor('the growth', () => followed.results.filter(isOfIt).length === 2, 30_000)
    }
    await grow()
    const redis = house.house.pids.redis ?? 0
    process.kill(redis, 'SIGSTOP')
    try {
      await grow()
    } finally {
      process.kill(redis, 'SIGKILL')
    }
    await waitFor('another Redis', () => house.house.pids.redis !== redis, 30_000)
    await grow()
    expect(followed.results.map(seqOf)).toEqual(upTo(followed.results.length))
    expect([followed.error, followed.connections]).toEqual([undefined, 1])
  })

  test('a follower whose gateway or subgraph is killed goes on after the event that it has', async () => {
    const runId = await startRun(house, owner, agentId)
    const heard: number[] = []
    const killed: string[] = []
    const kill = (name: string) => {
      killed.push(name)
      process.kill(house.house.pids[name] ?? 0, 'SIGKILL')
    }
    await waitFor(
      'the end',
      async () => {
        const followed = begin(
          followRun,
          { runId, after: heard.at(-1) ?? 0 },
          {
            onResult: (answer: LiveAnswer) => {
              if (answer.data != null) heard.push(seqOf(answer))
              if (heard.length > 5 && !killed.includes('agents')) kill('agents')
              if (heard.length > 20 && !killed.includes('gateway')) kill('gateway')
            },
          },
        )
        await waitFor('its end', () => followed.isComplete || followed.error !== undefined, 60_000)
        followed.leave()
        return heard.at(-1) === eventsOfRun
      },
      90_000,
    )
    expect(heard).toEqual(upTo(eventsOfRun))
    expect(killed).toEqual(['agents', 'gateway'])
  })

  test('who may not is refused, and who loses the right while they follow is told no further', async () => {
    const viewer = await newMember(house, owner, ['viewer'])
    const refused = begin(followTrail, { after: 0 }, { token: token(viewer) })
    await waitFor('the refusal', () => refused.results.length > 0 || refused.error !== undefined)
    expect(JSON.stringify([refused.results, refused.error])).toContain('UNAUTHORIZED_FIELD_OR_TYPE')

    const auditor = await newMember(house, owner, ['auditor'])
    const followed = begin(followTrail, {}, { token: token(auditor) })
    await waitFor('a first event', async () => {
      await newAgent(house, owner)
      return followed.results.length > 0
    })
    await house.data('mutation ($input: RevokeRoleInput!) { revokeRole(input: $input) { id } }', {
      token: owner.token,
      variables: { input: { userId: auditor.id, role: 'auditor' } },
    })
    await waitFor('the end', async () => {
      await newAgent(house, owner)
      return followed.error !== undefined || followed.isComplete
    })
    const told = followed.results.length
    await newAgent(house, owner)
    expect(followed.results).toHaveLength(told)
  })
})
