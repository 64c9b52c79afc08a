import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { agentsDatabase } from '../../subgraphs/agents/orm.ts'
import { Membership } from '../../subgraphs/identity/membership/membership.entity.ts'
import { identityDatabase } from '../../subgraphs/identity/orm.ts'
import { memberCaller } from '../../tests/kit/organizations.ts'
import type { Caller } from '../caller/caller.ts'
import { ForbiddenError } from '../errors/common-errors.ts'
import type { Ctx } from '../graphql/context.ts'
import { newId } from '../id.ts'
import { createLogger } from '../log/logger.ts'
import { continueTrace } from '../telemetry/trace-context.ts'
import { type Database, openDatabase } from './database.ts'
import { read, tenantManager } from './read.ts'
import { write } from './write.ts'

let db: Database
beforeAll(async () => {
  db = await openDatabase(identityDatabase, { url: inject('environment').IDENTITY_DATABASE_URL ?? '', poolMax: 4 })
})
afterAll(() => db.orm.close())

const log = createLogger({ service: 'test', version: '0', environment: 'test', level: 'silent' })
const ctxOf = (caller: Caller): Ctx => ({
  caller,
  db,
  parts: undefined,
  requestId: newId(),
  traceparent: continueTrace(undefined),
  log,
  loaders: new Map(),
})
const newCtx = () => ctxOf(memberCaller(newId(), ['owner']))

const join = (ctx: Ctx, organizationId = ctx.caller.organizationId) =>
  write(ctx, 'user.joined', async (tx) => {
    const membership = tx.em.create(Membership, {
      organizationId,
      id: newId(),
      userId: newId(),
      roles: ['viewer'],
      createdAt: new Date(),
    })
    tx.target('user', membership.userId)
    return membership
  })
const outboxOf = (ctx: Ctx) =>
  read(ctx, (em) =>
    em.execute<
      { data: { action: string; outcome: string; actor: object; targets: object[]; context: { traceId: string } } }[]
    >('select data from identity.outbox order by sequence'),
  )

test('what one organization writes, another does not read, and the record of it stays there too', async () => {
  const [ours, theirs] = [newCtx(), newCtx()]
  const { id } = await join(ours)
  expect(await read(ours, (em) => em.count(Membership, { id }))).toBe(1)
  expect(await read(theirs, (em) => em.count(Membership, { id }))).toBe(0)
  expect(await outboxOf(theirs)).toEqual([])
})

test('without the filter of the ORM, PostgreSQL still shows no row of another organization', async () => {
  const [ours, theirs] = [newCtx(), newCtx()]
  await join(ours)
  const all = (ctx: Ctx) => read(ctx, (em) => em.execute('select 1 from identity.membership'))
  expect(await all(ours)).toHaveLength(1)
  expect(await all(theirs)).toHaveLength(0)
  expect(await db.orm.em.fork().execute('select 1 from identity.membership')).toHaveLength(0)
})

test('a row cannot be written into another organization', async () => {
  const [ours, theirs] = [newCtx(), newCtx()]
  await expect(join(ours, theirs.caller.organizationId)).rejects.toThrow(/row-level security/)
  expect(await read(theirs, (em) => em.count(Membership, {}))).toBe(0)
})

test('the reading door cannot write, also not by SQL', async () => {
  const ctx = newCtx()
  await join(ctx)
  await expect(read(ctx, (em) => em.execute('delete from identity.membership'))).rejects.toThrow(/read-only/)
  expect(await read(ctx, (em) => em.count(Membership, {}))).toBe(1)
})

test('a write is recorded with actor, targets and trace in the same commit', async () => {
  const ctx = newCtx()
  const { userId } = await join(ctx)
  expect((await outboxOf(ctx)).map((row) => row.data)).toMatchObject([
    {
      action: 'user.joined',
      outcome: 'succeeded',
      actor: { type: 'user', id: ctx.caller.userId, onBehalfOf: null },
      targets: [{ type: 'user', id: userId }],
      context: { traceId: ctx.traceparent.slice(3, 35), requestId: ctx.requestId },
    },
  ])
})

test('a refusal keeps what was stored before it, is recorded, and reaches the caller as its error', async () => {
  const ctx = newCtx()
  const refused = write(ctx, 'user.joined', async (tx) => {
    tx.em.create(Membership, {
      organizationId: ctx.caller.organizationId,
      id: newId(),
      userId: newId(),
      roles: [],
      createdAt: new Date(),
    })
    return tx.refuse('user.join-refused', new ForbiddenError())
  })
  await expect(refused).rejects.toBeInstanceOf(ForbiddenError)
  expect(await read(ctx, (em) => em.count(Membership, {}))).toBe(1)
  expect((await outboxOf(ctx)).map((row) => row.data)).toMatchObject([
    { action: 'user.join-refused', outcome: 'refused' },
  ])
})

test('a throw stores nothing and records nothing', async () => {
  const ctx = newCtx()
  const thrown = write(ctx, 'user.joined', async (tx) => {
    tx.em.create(Membership, {
      organizationId: ctx.caller.organizationId,
      id: newId(),
      userId: newId(),
      roles: [],
      createdAt: new Date(),
    })
    throw new Error('half way')
  })
  await expect(thrown).rejects.toThrow('half way')
  expect(await read(ctx, (em) => em.count(Membership, {}))).toBe(0)
  expect(await outboxOf(ctx)).toEqual([])
})

test('the tenant setting ends with its transaction: a pooled connection carries none over', async () => {
  const ctx = newCtx()
  for (let i = 0; i < 8; i += 1) await join(ctx)
  const settings = await Promise.all(
    Array.from({ length: 8 }, () =>
      db.orm.em
        .fork()
        .execute<{ setting: string | null }[]>(`select current_setting('app.organization_id', true) as setting`),
    ),
  )
  expect(settings.every(([row]) => (row?.setting ?? '') === '')).toBe(true)
  expect(await tenantManager(ctx).count(Membership, {})).toBe(8)
})

test('a door leads to its own database, also from within a transaction of another one', async () => {
  const agents = await openDatabase(agentsDatabase, {
    url: inject('environment').AGENTS_DATABASE_URL ?? '',
    poolMax: 1,
  })
  const ctx = newCtx()
  const role = await write(ctx, 'user.joined', async (tx) => {
    tx.unchanged()
    return read({ ...ctx, db: agents }, (em) => em.execute<{ role: string }[]>('select current_user as role'))
  })
  expect(role).toEqual([{ role: 'forgeops_agents' }])
  await agents.orm.close()
})
