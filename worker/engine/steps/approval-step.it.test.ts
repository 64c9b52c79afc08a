import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Database, openDatabase } from '#platform/db/database'
import type { Ctx } from '#platform/graphql/context'
import { newId } from '#platform/id'
import { decideApproval } from '../../../subgraphs/agents/approval/decide-approval.ts'
import { cancelRun } from '../../../subgraphs/agents/run/cancel-run.ts'
import { auditDatabase } from '../../../subgraphs/audit/orm.ts'
import { openEffectServer } from '../../../tests/kit/effect-server.ts'
import { type Engine, openEngine } from '../../../tests/kit/engine.ts'
import { memberCaller } from '../../../tests/kit/organizations.ts'
import { waitFor } from '../../../tests/kit/wait-for.ts'

let outside: Awaited<ReturnType<typeof openEffectServer>>
let engine: Engine
let audit: Database
beforeAll(async () => {
  outside = await openEffectServer()
  engine = await openEngine({ EGRESS_ALLOW: outside.hostAndPort })
  audit = await openDatabase(auditDatabase, { url: engine.services.environment.AUDIT_DATABASE_URL ?? '', poolMax: 1 })
})
afterAll(async () => {
  await audit?.orm.close()
  await engine?.close()
  await outside?.close()
})

interface ApprovalRow {
  readonly id: string
  readonly path: string
  readonly status: string
  readonly title: string
  readonly shown: unknown
}
const approvalsOf = (runId: string) =>
  engine.query<ApprovalRow>('select * from agents.approval where run_id = ? order by path', [runId])
const asked = (runId: string) =>
  waitFor('somebody to be asked', async () => {
    const [approval] = await approvalsOf(runId)
    return approval
  })
const person = (...roles: string[]): Ctx =>
  engine.agents.ctxFor(memberCaller(engine.place.organizationId, roles.length === 0 ? ['operator'] : roles))
const decide = (approval: { id: string }, by: Ctx, more: object = {}) =>
  decideApproval(by, { approvalId: approval.id, decision: 'APPROVE', ...more })
/** The record of that action about the run, once it was delivered. */
const audited = (runId: string, action: string) =>
  waitFor(`${action} to be on record`, async () => {
    const [record] = await audit.orm.em.fork().transactional(async (em) => {
      await em.execute(`select set_config('app.organization_id', ?, true)`, [engine.place.organizationId])
      return em.execute<object[]>(
        `select event.* from audit.event join audit.event_target as target on target.event_id = event.id
         where target.target_id = ? and event.action = ?`,
        [runId, action],
      )
    })
    return record
  })

const post = (id: string, path: string) => ({
  ...{ id, kind: 'http', method: 'POST', url: `${outside.url}${path}` },
  idempotent: true,
})
const approval = (more: object = {}) => ({
  ...{ id: 'sure', kind: 'approval', title: 'Pay {{ input.amount }}?', show: { amount: '{{ input.amount }}' } },
  ...more,
})
const paying = (more: object = {}) => ({ steps: [approval(more)], output: 'steps.sure' })

test('a run waits for its approval without a worker, goes on by it, and does nothing again that was before it', async () => {
  const [before, after] = [`/${newId()}`, `/${newId()}`]
  const id = await engine.start({ steps: [post('before', before), approval(), post('after', after)] }, { amount: 12.5 })
  const waiting = await asked(id)
  await engine.until(id, ['WAITING'])
  expect(waiting).toMatchObject({ status: 'PENDING', title: 'Pay 12.5?', shown: { amount: 12.5 }, path: 'sure' })
  await engine.restartWorker()
  await decide(waiting, person(), { comment: 'Fine.' })
  const run = await engine.ended(id)
  expect(run).toMatchObject({ status: 'SUCCEEDED' })
  const effects = (path: string) => outside.arrived.filter((effect) => effect.path === path).length
  expect([effects(before), effects(after)]).toEqual([1, 1])
  expect(await approvalsOf(id)).toMatchObject([{ status: 'APPROVED' }])
  expect(await engine.events(id)).toContain('step.decided')
})

test('what was shown and who decided what are on record', async () => {
  const id = await engine.start(paying(), { amount: 3 })
  const by = person()
  await decide(await asked(id), by, { comment: 'Fine.' })
  await engine.ended(id)
  expect(await audited(id, 'approval.requested')).toMatchObject({
    ...{ actor_type: 'agent', on_behalf_of: engine.place.owner.userId },
    context: { detail: { shown: { amount: 3 }, step: 'sure', policy: { needed: 1, selfApproval: false } } },
  })
  expect(await audited(id, 'approval.approved')).toMatchObject({
    ...{ actor_type: 'user', actor_id: by.caller.userId },
    context: { detail: { comment: 'Fine.', settled: true } },
  })
})

describe('who decides', () => {
  test('is not who started the run, unless the approval says so', async () => {
    const strict = await engine.start(paying())
    await expect(decide(await asked(strict), engine.place.owning())).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(await approvalsOf(strict)).toMatchObject([{ status: 'PENDING' }])
    expect(await audited(strict, 'approval.decision-refused')).toMatchObject({ outcome: 'refused' })
    const lenient = await engine.start(paying({ selfApproval: true }))
    await decide(await asked(lenient), engine.place.owning())
    expect(await engine.ended(lenient)).toMatchObject({ status: 'SUCCEEDED' })
  })

  test('is never an agent, whatever its grants', async () => {
    const id = await engine.start(paying({ selfApproval: true }))
    const { caller } = engine.place.owning()
    const agent = engine.agents.ctxFor({ ...caller, agentId: newId(), runId: id })
    await expect(decide(await asked(id), agent)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  test('has one of the roles', async () => {
    const id = await engine.start(paying({ roles: ['auditor', 'admin'] }))
    const waiting = await asked(id)
    await expect(decide(waiting, person('operator'))).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await decide(waiting, person('operator', 'admin'))
    expect(await engine.ended(id)).toMatchObject({ status: 'SUCCEEDED' })
  })

  test('is of the organization', async () => {
    const waiting = await asked(await engine.start(paying()))
    const stranger = engine.agents.ctxFor(memberCaller(newId(), ['owner']))
    await expect(decide(waiting, stranger)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('several', () => {
  test('are counted once each, however often and at whatever time they decide', async () => {
    const id = await engine.start(paying({ count: 3 }))
    const waiting = await asked(id)
    const [one, two, three] = [person(), person(), person()]
    const outcomes = await Promise.allSettled([one, one, two, one, two].map((by) => decide(waiting, by)))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
    for (const each of outcomes)
      if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'APPROVAL_ALREADY_DECIDED' })
    expect(await approvalsOf(id)).toMatchObject([{ status: 'PENDING' }])
    await decide(waiting, three)
    const run = await engine.ended(id)
    expect(run.output).toMatchObject({ approved: true, expired: false })
    expect((run.output as { decisions: object[] }).decisions).toHaveLength(3)
  })

  test('who decide at the same time settle it once; the others are told so', async () => {
    const id = await engine.start(paying())
    const waiting = await asked(id)
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) => decide(waiting, person(), { decision: n % 2 === 0 ? 'APPROVE' : 'REJECT' })),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const each of outcomes)
      if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'APPROVAL_SETTLED' })
    await engine.ended(id)
    const decisions = await engine.query('select 1 from agents.approval_decision where approval_id = ?', [waiting.id])
    expect(decisions).toHaveLength(1)
  })

  test('need one rejection to end it: the step fails, and is not tried again', async () => {
    const id = await engine.start(paying({ count: 2, retry: { maxAttempts: 5 } }))
    const waiting = await asked(id)
    await decide(waiting, person())
    await decide(waiting, person(), { decision: 'REJECT', comment: 'Too much.' })
    expect(await engine.ended(id)).toMatchObject({
      status: 'FAILED',
      error: { code: 'APPROVAL_REJECTED', step: 'sure' },
    })
    expect(await engine.steps(id)).toMatchObject([{ status: 'FAILED', attempt: 1 }])
    await expect(decide(waiting, person())).rejects.toMatchObject({ code: 'APPROVAL_SETTLED' })
  })
})

test('a step that asks again after a rejection, because its author says so, has a new approval', async () => {
  const retry = { maxAttempts: 2, initial: '1s', retryIf: 'error.code = "APPROVAL_REJECTED"' }
  const id = await engine.start(paying({ retry }))
  const first = await asked(id)
  await decide(first, person(), { decision: 'REJECT' })
  const second = await waitFor('somebody to be asked again', async () =>
    (await approvalsOf(id)).find(({ status }) => status === 'PENDING'),
  )
  expect(second.id).not.toBe(first.id)
  await decide(second, person())
  expect(await engine.ended(id)).toMatchObject({ status: 'SUCCEEDED', output: { approved: true } })
})

test('a form is filled in as its schema says, and its values go on with the run', async () => {
  const form = { type: 'object', properties: { limit: { type: 'integer' } }, required: ['limit'] }
  const id = await engine.start(paying({ form }))
  const waiting = await asked(id)
  const by = person()
  const refused = { code: 'APPROVAL_FORM_INVALID', details: [{ path: 'form.limit' }] }
  await expect(decide(waiting, by, { form: { limit: 'x' } })).rejects.toMatchObject(refused)
  await expect(decide(waiting, by, { form: {} })).rejects.toMatchObject(refused)
  await decide(waiting, by, { form: { limit: 7 } })
  expect(await engine.ended(id)).toMatchObject({ status: 'SUCCEEDED', output: { approved: true, form: { limit: 7 } } })
})

describe('an approval that nobody settles in time', () => {
  test.each([
    ['approve', { status: 'SUCCEEDED', output: { approved: true, expired: true } }],
    ['reject', { status: 'FAILED', error: { code: 'APPROVAL_REJECTED' } }],
    ['fail', { status: 'FAILED', error: { code: 'APPROVAL_EXPIRED' } }],
  ])('comes to what its policy chose: %s', async (onExpiry, outcome) => {
    const id = await engine.start(paying({ expiresIn: '200ms', onExpiry }))
    expect(await engine.ended(id)).toMatchObject(outcome)
    const [expired] = await approvalsOf(id)
    expect(expired).toMatchObject({ status: 'EXPIRED' })
    await expect(decide(expired ?? { id: '' }, person())).rejects.toMatchObject({ code: 'APPROVAL_SETTLED' })
    expect(await audited(id, 'approval.expired')).toMatchObject({ actor_type: 'agent' })
  })
})

test('an approval of a run that is cancelled is there to be decided no more', async () => {
  const id = await engine.start(paying())
  const waiting = await asked(id)
  await cancelRun(engine.place.owning(), { runId: id })
  expect(await engine.ended(id)).toMatchObject({ status: 'CANCELLED' })
  expect(await approvalsOf(id)).toMatchObject([{ status: 'CANCELLED' }])
  await expect(decide(waiting, person())).rejects.toMatchObject({ code: 'APPROVAL_SETTLED' })
})

test('approvals beside each other are asked for together and settled apart', async () => {
  const branches = { left: [approval({ id: 'one' })], right: [approval({ id: 'two' })] }
  const id = await engine.start({ steps: [{ id: 'both', kind: 'parallel', branches }] })
  const both = await waitFor('both', async () => {
    const rows = await approvalsOf(id)
    return rows.length === 2 && rows
  })
  await engine.until(id, ['WAITING'])
  for (const each of both) await decide(each, person())
  expect(await engine.ended(id)).toMatchObject({ status: 'SUCCEEDED' })
})

test('a decision in time counts, also when the step’s time is over before another branch lets the run see it', async () => {
  const path = `/${newId()}`
  outside.hold(path)
  const branches = { work: [post('slow', path)], people: [approval({ timeout: '3s' })] }
  const id = await engine.start({ steps: [{ id: 'both', kind: 'parallel', branches }], output: 'steps.sure' })
  await decide(await asked(id), person())
  await waitFor('the step to end', async () =>
    (await engine.steps(id)).some((step) => step.path.endsWith('sure') && step.status === 'SUCCEEDED'),
  )
  outside.release(path)
  expect(await engine.ended(id)).toMatchObject({ status: 'SUCCEEDED', output: { approved: true } })
})

test('more than can be shown is not asked about', async () => {
  const id = await engine.start(paying({ show: '{{ $join([1..70000].("x")) }}' }))
  expect(await engine.ended(id)).toMatchObject({ status: 'FAILED', error: { code: 'APPROVAL_SHOWN_INVALID' } })
  expect(await approvalsOf(id)).toEqual([])
})

test('people who are asked again are asked by the new approval alone', async () => {
  const timed = { timeout: '300ms', retry: { maxAttempts: 2, initial: '1s' } }
  const id = await engine.start({ steps: [approval(timed)], output: 'steps.sure' })
  const first = await asked(id)
  const rows = await waitFor('people to be asked again', async () => {
    const found = await approvalsOf(id)
    return found.length === 2 && found
  })
  expect(rows.find((each) => each.id === first.id)).toMatchObject({ status: 'CANCELLED' })
  await expect(decide(first, person())).rejects.toMatchObject({ code: 'APPROVAL_SETTLED' })
})
