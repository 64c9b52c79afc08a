import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type FragileLine, openFragileLine } from '../kit/fragile-line.ts'
import type { VisitedHouse } from '../kit/house.ts'
import { finishedRun, newAgent, startRun } from '../kit/house-runs.ts'
import { type LiveAnswer, transports } from '../kit/live-clients.ts'
import { newMember, newOwner, type Person } from '../kit/people.ts'
import { randomFrom } from '../kit/random-operations.ts'
import { sharedHouse } from '../kit/shared-house.ts'
import { waitFor } from '../kit/wait-for.ts'

const runEvents = `subscription ($id: ID!, $after: Int) {
  runEvents(runId: $id, afterSeq: $after) { seq type run { id status startedBy { id name } } }
}`
const auditEvents = `subscription ($after: SafeInt) {
  auditEvents(afterSeq: $after) { seq action actor { __typename ... on User { id name } } }
}`
/** Enough to be cut off in the middle of. */
const longAgent = {
  grants: [],
  steps: Array.from({ length: 12 }, (_, n) => ({ id: `s${n}`, kind: 'transform', expression: `${n}` })),
}

interface Numbered {
  readonly seq: number
}

let house: VisitedHouse
let owner: Person
beforeAll(async () => {
  house = await sharedHouse()
  owner = await newOwner(house, 'Acme')
})

describe.each(transports)('over $transport', ({ follow }) => {
  /** Follows a field over a line, coming again after the last event each time that it is cut off. */
  function followAgain(
    line: FragileLine,
    field: string,
    query: string,
    { token }: Person,
    given: Record<string, unknown>,
  ) {
    const variables = { ...given }
    const seen: Numbered[] = []
    const onResult = ({ data, errors }: LiveAnswer) => {
      if (errors !== undefined) throw new Error(JSON.stringify(errors))
      const event = data?.[field] as Numbered
      seen.push(event)
      variables.after = event.seq
    }
    const followed = follow({ url: line.url, query, variables, token: () => token, retries: 1_000, onResult })
    onTestFinished(() => followed.leave())
    return { followed, seen, seqs: () => seen.map(({ seq }) => seq) }
  }

  it('a client that is cut off again and again while runs go on is told each event once, in order', async () => {
    const line = await openFragileLine(house.house.dev.graphqlUrl)
    onTestFinished(() => line.close())
    const person = await newMember(house, owner, ['operator'])
    const agentId = await newAgent(house, owner, { definition: longAgent })
    const before = await auditHead(owner)
    const trail = followAgain(line, 'auditEvents', auditEvents, owner, { after: before })
    const random = randomFrom(11)
    let isCutting = true
    const cutting = (async () => {
      while (isCutting) {
        await new Promise((resolve) => setTimeout(resolve, 40 + random() * 160))
        line.cut()
      }
    })()
    const runs = []
    for (let i = 0; i < 8; i += 1) {
      const id = await startRun(house, person, agentId)
      runs.push({ id, told: followAgain(line, 'runEvents', runEvents, person, { id, after: 0 }) })
    }
    for (const { id } of runs) await finishedRun(house, person, id)
    isCutting = false
    await cutting
    for (const { id, told } of runs) {
      const all = await seqsOf('select seq from agents.run_event where run_id = $1 order by seq', id)
      expect(all.length).toBeGreaterThan(20)
      await waitFor(`all events of run ${id}`, () => told.seen.length >= all.length || told.followed.error)
      expect(told.followed.error).toBeUndefined()
      expect(told.seqs()).toEqual(all)
      expect(told.seen[0]).toMatchObject({ type: 'run.queued', run: { id, startedBy: { id: person.id } } })
      // Of a run that has ended there is nothing more to tell.
      await waitFor(`the end of run ${id}`, () => told.followed.isComplete)
    }
    await waitFor('the whole trail', async () => {
      const head = await auditHead(owner)
      return trail.seqs().at(-1) === head
    })
    const all = await seqsOf(
      'select seq from audit.event where organization_id = $1 order by seq',
      owner.organizationId,
    )
    expect(trail.seqs()).toEqual(all.filter((seq) => seq > before))
    expect(line.cuts).toBeGreaterThan(20)
  })

  it('is told of an event within a second, as Redis says that there is one', async () => {
    const after = await auditHead(owner)
    const line = await openFragileLine(house.house.dev.graphqlUrl)
    onTestFinished(() => line.close())
    const trail = followAgain(line, 'auditEvents', auditEvents, owner, { after })
    await waitFor('the connection', () => trail.followed.connections === 1)
    await newAgent(house, owner)
    await waitFor('the trail', async () => (await auditHead(owner)) > after)
    const began = performance.now()
    await waitFor('the event', () => trail.seen.length > 0)
    expect(performance.now() - began).toBeLessThan(1_000)
  })
})

const seqsOf = (sql: string, id: string): Promise<number[]> =>
  house.asSuperuser(async (client) =>
    (await client.query<{ seq: string }>(sql, [id])).rows.map(({ seq }) => Number(seq)),
  )

const auditHead = async ({ organizationId }: Person) =>
  (await seqsOf('select seq from audit.event where organization_id = $1 order by seq', organizationId)).at(-1) ?? 0
