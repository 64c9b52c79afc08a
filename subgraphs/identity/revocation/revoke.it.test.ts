import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemCaller, systemOrganizationId } from '#platform/caller/caller'
import { signRequest } from '#platform/caller/message-signature'
import { read } from '#platform/db/read'
import { write } from '#platform/db/write'
import { signedCall } from '#platform/http/signed-call'
import { newId } from '#platform/id'
import { memberCaller, newOrganization } from '../../../tests/kit/organizations.ts'
import { openSubgraph } from '../../../tests/kit/subgraph.ts'
import { identityConfig } from '../config.ts'
import { currentRights } from '../role/current-rights.ts'
import { identity } from '../subgraph.ts'
import { currentRevision } from './revocation.queries.ts'
import { revoke, subject } from './revoke.ts'

let subgraph: Awaited<ReturnType<typeof open>>
const open = () => openSubgraph(identity, identityConfig)
beforeAll(async () => {
  subgraph = await open()
})
afterAll(() => subgraph.close())

interface Answer {
  readonly revision: number
  readonly lines: readonly { readonly sequence: number; readonly subject: string }[]
}
const readList = (after: number, key: Uint8Array = subgraph.config.requestKey) =>
  signedCall({
    url: new URL('/revocations', subgraph.url),
    audience: 'revocations',
    key,
    caller: systemCaller(systemOrganizationId),
    body: { after },
    timeoutMs: 5_000,
  }) as Promise<Answer>
const system = () => subgraph.ctxFor(systemCaller(systemOrganizationId))
const revoked = (...subjects: string[]) =>
  write(system(), 'session.ended', async (tx) => {
    tx.unchanged()
    await revoke(tx, ...subjects)
  })

test('what is revoked stands on the list after the line known before, once', async () => {
  const { revision } = await readList(0)
  const [a, b] = [subject.session(newId()), subject.user(newId())]
  await revoked(a, b)
  const answer = await readList(revision)
  expect(answer.lines.map((line) => line.subject)).toEqual(expect.arrayContaining([a, b]))
  expect((await readList(answer.revision)).lines.filter((line) => [a, b].includes(line.subject))).toEqual([])
})

test('a line of a transaction that fails is not on the list', async () => {
  const lost = subject.session(newId())
  await expect(
    write(system(), 'session.ended', async (tx) => {
      await revoke(tx, lost)
      throw new Error('undone')
    }),
  ).rejects.toThrow('undone')
  expect((await readList(0)).lines.map((line) => line.subject)).not.toContain(lost)
})

test('a reader who goes on from the last line it saw misses none of two hundred written at the same time', async () => {
  const subjects = Array.from({ length: 200 }, () => subject.session(newId()))
  let writing = true
  const seen: string[] = []
  let { revision } = await readList(0)
  const reading = (async () => {
    for (let last = false; !last; ) {
      last = !writing
      const answer = await readList(revision)
      seen.push(...answer.lines.map((line) => line.subject))
      revision = answer.revision
    }
  })()
  await Promise.all(subjects.map((each) => revoked(each)))
  writing = false
  await reading
  expect(subjects.filter((each) => !seen.includes(each))).toEqual([])
})

test('rights read while one of them is being taken away are older than the line that says so', async () => {
  const { organizationId, owner } = await newOrganization(subgraph.ctxFor)
  const place = subgraph.ctxFor(memberCaller(organizationId, []))
  let during: Awaited<ReturnType<typeof currentRights>> = null
  await write(place, 'role.revoked', async (tx) => {
    tx.unchanged()
    await tx.em.execute(`update identity.membership set roles = '{viewer}' where user_id = ?`, [owner.id])
    await revoke(tx, subject.member(organizationId, owner.id))
    during = await read(place, (em) => currentRights(em, organizationId, owner.id))
  })
  const after = await read(place, (em) => currentRights(em, organizationId, owner.id))
  const line = (await readList(0)).lines.find((each) => each.subject === subject.member(organizationId, owner.id))
  expect(during).toMatchObject({ roles: ['owner'] })
  expect((during as unknown as { revision: number }).revision).toBeLessThan(line?.sequence ?? 0)
  expect(after).toMatchObject({ roles: ['viewer'] })
  expect(after?.revision).toBeGreaterThanOrEqual(line?.sequence ?? Number.POSITIVE_INFINITY)
})

test('lines whose tokens have ended are dropped, and numbers never go back', async () => {
  const ended = subject.session(newId())
  await revoked(ended)
  const before = await read(system(), currentRevision)
  await write(system(), 'session.ended', async (tx) => {
    tx.unchanged()
    await tx.em.execute(`update identity.revocation set expires_at = now() - interval '1 second' where subject = ?`, [
      ended,
    ])
  })
  expect((await readList(0)).lines.map((line) => line.subject)).not.toContain(ended)
  await revoked(subject.session(newId()))
  const kept = await read(system(), (em) => em.execute('select 1 from identity.revocation where subject = ?', [ended]))
  expect(kept).toEqual([])
  expect(await read(system(), currentRevision)).toBeGreaterThan(before)
})

test('the list is for holders of the gateway’s key alone, and never for a user', async () => {
  await expect(readList(0, Buffer.alloc(32))).rejects.toMatchObject({ status: 401 })
  const url = new URL('/revocations', subgraph.url)
  const body = JSON.stringify({ after: 0 })
  const parts = { method: 'POST', path: '/revocations', body }
  const asUser = signRequest(parts, memberCaller(newId(), ['owner']), 'revocations', subgraph.config.requestKey)
  const forGraphql = signRequest(parts, systemCaller(newId()), 'identity', subgraph.config.requestKey)
  for (const headers of [asUser, forGraphql, {}]) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body,
    })
    expect(response.status).toBe(401)
  }
})
