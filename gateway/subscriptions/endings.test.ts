import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { type Edge, openEdge } from '../../tests/kit/edge.ts'
import { type Following, saidOf, transports } from '../../tests/kit/live-clients.ts'
import { openRevocationIssuer, type RevocationIssuer } from '../../tests/kit/revocation-issuer.ts'
import { openTokenIssuer, type TokenIssuer } from '../../tests/kit/token-issuer.ts'
import { openToyLive, type ToyLive } from '../../tests/kit/toy-live.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'

const publicUrl = 'http://localhost:4000/api'
const notes = 'subscription ($after: Int) { notes(afterSeq: $after) { seq } }'
const codes = (results: readonly { errors?: readonly { extensions: { code: string } }[] }[]) =>
  results.flatMap(({ errors = [] }) => errors.map(({ extensions }) => extensions.code))

let toy: ToyLive
let tokens: TokenIssuer
let issuer: RevocationIssuer
let edge: Edge
const settings = () => ({
  PUBLIC_URL: publicUrl,
  JWKS_URL: `${issuer.origin}/.well-known/jwks.json`,
  ISSUER_SUBGRAPH: 'identity',
  SUBSCRIPTION_POLL_MS: '20',
  SUBSCRIPTION_HEARTBEAT_MS: '600',
})
const open = () => openEdge({ ...toy, keys: { ...toy.keys, identity: issuer.key } }, settings())
beforeAll(async () => {
  toy = await openToyLive()
  tokens = await openTokenIssuer(publicUrl)
  issuer = await openRevocationIssuer(tokens.jwksUrl)
  edge = await open()
})
afterAll(async () => {
  await edge.close()
  await Promise.all([toy.close(), tokens.close(), issuer.close()])
})
beforeEach(() => {
  toy.asked.length = 0
  toy.refusal = undefined
})

describe.each(transports)('over $transport', ({ transport, follow }) => {
  const subscribe = (following: Partial<Following> = {}, url = edge.graphqlUrl) => {
    const followed = follow({ url, query: notes, ...following })
    onTestFinished(() => followed.leave())
    return followed
  }
  const asked = () => waitFor('the first question', () => toy.asked.length > 0)

  it('the subgraph is told who subscribes, by the token of the connection', async () => {
    const token = await tokens.token({ claims: { sub: 'user-7', org: 'org-7', rev: issuer.lines.length } })
    subscribe({ token: () => token })
    await asked()
    expect(toy.asked[0]?.caller).toMatchObject({ kind: 'user', userId: 'user-7', organizationId: 'org-7' })
  })

  it('a token that is not valid opens nothing', async () => {
    const seen = subscribe({ token: () => 'a.b.c' })
    await waitFor('the refusal', () => seen.error !== undefined)
    expect(saidOf(seen.error)).toMatch(/401|4403 UNAUTHENTICATED/)
    expect(toy.asked).toHaveLength(0)
  })

  it('what a caller has no right to is refused, and the rest of an event is pruned of it', async () => {
    const token = await tokens.token({ claims: { rev: issuer.lines.length } })
    const refused = subscribe({ token: () => token, query: 'subscription { secretNotes { seq } }' })
    const pruned = subscribe({ token: () => token, query: 'subscription { notes { seq secret } }' })
    await waitFor('the refusal', () => refused.results.length > 0)
    expect(codes(refused.results)).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE'])
    await asked()
    expect(toy.asked.every(({ query }) => !query.includes('secret'))).toBe(true)
    const seq = toy.write('x')
    await waitFor('the event', () => pruned.results.length > 0)
    expect(pruned.results[0]).toMatchObject({ data: { notes: { seq, secret: null } } })
    expect(codes(pruned.results)).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE'])
  })

  it.each(['session:session-1', 'member:organization-1/user-1', 'role:organization-1/viewer'])(
    'within two seconds after %s is revoked, whoever subscribed by it is told UNAUTHENTICATED and hears no more',
    async (subject) => {
      const token = await tokens.token({ claims: { rev: issuer.lines.length, roles: ['viewer'] } })
      const seen = subscribe({ token: () => token })
      await asked()
      const revoked = performance.now()
      issuer.revoke(subject)
      await waitFor('the end', () => seen.error !== undefined)
      expect(performance.now() - revoked).toBeLessThan(2_000)
      toy.write('unheard')
      expect(seen.results.map(({ data }) => data)).toEqual([undefined])
      expect(codes(seen.results)).toEqual(['UNAUTHENTICATED'])
      expect(seen.isComplete).toBe(false)
    },
  )

  it('when a token ends its subscription ends with it; the client comes again with a new one and misses nothing', async () => {
    const rev = issuer.lines.length
    const first = toy.write('first')
    const variables = { after: first }
    // A token is believed for five seconds longer than it says: clocks differ.
    const made: string[] = []
    const token = async () => {
      const expiresIn = made.length === 0 ? -4 : 300
      made.push(await tokens.token({ expiresIn, claims: { rev, sid: 'session-9' } }))
      return made.at(-1) ?? ''
    }
    const seqs: number[] = []
    const seen = subscribe({
      token,
      variables,
      retries: 3,
      onResult: ({ data }) => {
        if (data == null) return
        const { seq } = data.notes as { seq: number }
        seqs.push(seq)
        variables.after = seq
      },
    })
    await asked()
    toy.write('before the end')
    await waitFor('the end of the token', () => codes(seen.results).length > 0)
    toy.write('between')
    await waitFor('the next connection', () => seen.connections === 2)
    toy.write('after it')
    await waitFor('all events', () => seqs.length === 3)
    expect(seqs).toEqual([first + 1, first + 2, first + 3])
    expect(codes(seen.results)).toEqual(['UNAUTHENTICATED'])
    expect(made).toHaveLength(2)
  })

  it('at shutdown each is told SERVER_SHUTDOWN with a time to come again, and the process does not wait for them', async () => {
    const other = await open()
    const token = await tokens.token({ claims: { rev: issuer.lines.length, sid: 'session-8' } })
    const all = Array.from({ length: 5 }, () => subscribe({ token: () => token }, other.graphqlUrl))
    await waitFor('all questions', () => all.every(({ connections }) => connections === 1) && toy.asked.length >= 5)
    const began = performance.now()
    await other.close()
    expect(performance.now() - began).toBeLessThan(3_000)
    await waitFor('all ends', () => all.every(({ error }) => error !== undefined))
    const hints = all.flatMap(({ results }) => results.map(({ errors }) => errors?.[0]?.extensions))
    expect(hints.map((hint) => hint?.code)).toEqual(all.map(() => 'SERVER_SHUTDOWN'))
    const waits = hints.map((hint) => (hint?.details as { retryAfterMs?: number } | undefined)?.retryAfterMs ?? 0)
    expect(new Set(waits).size).toBeGreaterThan(1)
    for (const wait of waits) expect(wait).toBeGreaterThanOrEqual(1_000)
    if (transport === 'WebSockets')
      for (const { closings } of all)
        expect(closings[0]).toMatchObject({
          code: 1012,
          reason: expect.stringMatching(/^SERVER_SHUTDOWN: retryAfterMs=\d+$/),
        })
    expect(all.every(({ isComplete }) => !isComplete)).toBe(true)
  })
})
