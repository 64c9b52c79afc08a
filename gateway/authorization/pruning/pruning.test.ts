import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Edge, openEdge } from '../../../tests/kit/edge.ts'
import { openTokenIssuer, type TokenIssuer } from '../../../tests/kit/token-issuer.ts'
import { openToyOffice, type ToyOffice } from '../../../tests/kit/toy-office.ts'
import { composed } from '../../../tests/kit/toy-supergraph.ts'

const publicUrl = 'http://localhost:4000/api'
const unauthorized = (...path: string[]) => ({
  message: 'Your rights do not reach this field.',
  path,
  extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' },
})

describe('a field that its caller may not see', () => {
  let office: ToyOffice
  let issuer: TokenIssuer
  let edge: Edge
  beforeAll(async () => {
    office = await openToyOffice()
    issuer = await openTokenIssuer(publicUrl)
    edge = await openEdge(office, { JWKS_URL: issuer.jwksUrl })
  })
  beforeEach(() => void office.asked())
  afterAll(async () => {
    await edge.close()
    await Promise.all([office.close(), issuer.close()])
  })
  /** Asks as somebody signed in with these scopes. */
  const ask = async (query: string, scope: string, variables = {}) => {
    const token = await issuer.token({ claims: { scope } })
    const { body, text, status, headers } = await edge.query(query, { token, variables })
    expect(text).not.toContain('typeOfObject')
    return { ...body, status, headers }
  }
  const paths = (errors: Awaited<ReturnType<typeof ask>>['errors'] = []) =>
    errors.map(({ path = [] }) => path.join('.'))

  it('is null with its path, is not asked for, and the rest of the answer stands', async () => {
    const { data, errors, status } = await ask('{ people { id salary name } open }', '')
    expect(status).toBe(200)
    expect(JSON.stringify(data)).toBe(
      '{"people":[{"id":"p1","salary":null,"name":"Ada"},{"id":"p2","salary":null,"name":"Ben"}],"open":"yes"}',
    )
    expect(errors).toEqual([unauthorized('people', 'salary')])
    expect(office.asked()).not.toContain('salary')
  })

  it.each([
    ['pay:read', 900],
    ['hr admin', 900],
    ['hr', null],
    ['admin pay:readonly', null],
  ])('is decided by its alternatives of scopes that go together: with "%s" %s', async (scope, salary) => {
    const { data } = await ask('{ person(id: "p1") { salary } }', scope)
    expect(data).toEqual({ person: { salary } })
    expect(office.asked().includes('salary')).toBe(salary !== null)
  })

  it('is one that asks for a sign-in, for somebody who has not signed in', async () => {
    const { status, body, text } = await edge.query('{ me { name } people { name room salary } }')
    expect(status).toBe(200)
    expect(body.data).toEqual({
      me: null,
      people: ['Ada', 'Ben'].map((name) => ({ name, room: null, salary: null })),
    })
    expect(body.errors?.map(({ path, extensions: { code } }) => [path?.join('.'), code])).toEqual([
      ['me', 'UNAUTHENTICATED'],
      ['people.room', 'UNAUTHENTICATED'],
      ['people.salary', 'UNAUTHENTICATED'],
    ])
    expect(text).not.toMatch(/pay:read|admin|scope/)
    expect(office.asked()).not.toMatch(/salary|room|\bme\b/)
  })

  it('that must not be null takes its parent with it, up to the nearest that may be', async () => {
    const one = await ask('{ person(id: "p1") { name badge } open }', '')
    expect(one.data).toEqual({ person: null, open: 'yes' })
    expect(one.errors).toEqual([unauthorized('person', 'badge')])
    expect((await ask('{ people { badge } open }', '')).data).toEqual({ people: null, open: 'yes' })
    expect((await ask('{ person(id: "p1") { team { badge } } }', '')).data).toEqual({ person: null })
    // Nobody reports to Ben: no badge is missing.
    expect((await ask('{ person(id: "p2") { team { badge } } }', '')).data).toEqual({ person: { team: [] } })
    expect((await ask('{ open ledger }', '')).data).toBeNull()
    expect(office.asked()).not.toMatch(/badge|ledger/)
  })

  it('that is all there is to an object leaves the object, and no trace of how', async () => {
    const { data, errors } = await ask('{ people { salary } me { boss { salary mood } } }', '')
    expect(data).toEqual({ people: [{ salary: null }, { salary: null }], me: { boss: null } })
    expect(paths(errors)).toEqual(['people.salary', 'me.boss.salary', 'me.boss.mood'])
    expect((await ask('query Only { ledger }', 'x')).data).toBeNull()
    expect((await ask('{ note { text } }', '')).data).toEqual({ note: null })
    const asked = office.asked()
    expect(asked).not.toMatch(/salary|mood|ledger|note/)
    expect(asked.split('\n')).toHaveLength(1)
  })

  it('is found under aliases, in fragments and in fragments of fragments', async () => {
    const { data, errors } = await ask(
      `query ($id: ID!) { person(id: $id) { pay: salary ...A ... { again: salary } ... on Person @include(if: true) { mood } } }
       fragment A on Person { name boss { ...B } }
       fragment B on Person { name salary }`,
      '',
      { id: 'p2' },
    )
    expect(JSON.stringify(data)).toBe(
      '{"person":{"pay":null,"name":"Ben","boss":{"name":"Ada","salary":null},"again":null,"mood":null}}',
    )
    expect(paths(errors)).toEqual(['person.pay', 'person.boss.salary', 'person.again', 'person.mood'])
    expect(office.asked()).not.toMatch(/salary|mood/)
  })

  it('is named once where it was written twice, and merged with what is written of its parent elsewhere', async () => {
    const query = '{ person(id: "p2") { boss { name } salary ... { boss { salary } salary } boss { id } } }'
    const { data, errors } = await ask(query, '')
    expect(JSON.stringify(data)).toBe('{"person":{"boss":{"name":"Ada","salary":null,"id":"p1"},"salary":null}}')
    expect(paths(errors)).toEqual(['person.salary', 'person.boss.salary'])
  })

  it('that is skipped is neither null nor an error', async () => {
    const query = `query ($yes: Boolean!, $no: Boolean = false) {
      person(id: "p1") { name salary @skip(if: $yes) mood @include(if: $no) ... @include(if: $no) { badge } }
      ledger @include(if: $no)
    }`
    const skipped = await ask(query, '', { yes: true })
    expect(skipped).toMatchObject({ data: { person: { name: 'Ada' } } })
    expect(JSON.stringify(skipped.data)).toBe('{"person":{"name":"Ada"}}')
    expect(skipped.errors).toBeUndefined()
    const wanted = await ask(query, '', { yes: false, no: false })
    expect(wanted.data).toEqual({ person: { name: 'Ada', salary: null } })
    expect(paths(wanted.errors)).toEqual(['person.salary'])
    expect(office.asked()).not.toMatch(/salary|mood|badge|ledger/)
    expect((await ask(query, '', { yes: 1 })).errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT')
  })

  it('takes its variables along', async () => {
    const query = 'query Q($id: ID!, $name: String) { person(id: $id) { name slips { sum } } hidden: note { text } }'
    const { data } = await ask(query.replace(', $name: String', ''), '', { id: 'p1' })
    expect(data).toEqual({ person: { name: 'Ada', slips: null }, hidden: null })
    const token = await issuer.token()
    const anonymous = 'query ($id: ID!, $floor: Int) { person(id: $id) { name room(floor: $floor) } }'
    const { body } = await edge.query(anonymous, { variables: { id: 'p1', floor: 3 } })
    expect(body.data).toEqual({ person: { name: 'Ada', room: null } })
    expect(office.asked()).not.toContain('floor')
    const signedIn = await edge.query(anonymous, { token, variables: { id: 'p1', floor: 3 } })
    expect(signedIn.body.data).toEqual({ person: { name: 'Ada', room: 'room 3' } })
  })

  describe('among objects of several types', () => {
    it('is null in those that are denied, wherever they stand in a list', async () => {
      const query = '{ finds { ... on Desk { drawer } ... on Note { text } } }'
      const { data, errors } = await ask(query, '')
      expect(data).toEqual({ finds: [{ drawer: 'left' }, { text: null }, null] })
      expect(paths(errors)).toEqual(['finds.text'])
      expect(office.asked()).not.toContain('text')
      expect((await ask(query, 'notes')).data).toEqual({ finds: [{ drawer: 'left' }, { text: 'burn this' }, null] })
    })

    it('is denied on their interface as soon as one of them denies it, and not where a fragment leaves that one out', async () => {
      const { data, errors } = await ask('{ things { label worth } }', '')
      expect(data).toEqual({ things: ['desk', 'safe'].map((label) => ({ label, worth: null })) })
      expect(paths(errors)).toEqual(['things.worth'])
      expect(office.asked()).not.toContain('worth')
      const narrowed = await ask(
        '{ things { typeOf: __typename ... on Desk { worth } ... on Safe { worth code } ... on Thing { ... on Desk { w: worth } } } }',
        '',
      )
      expect(narrowed.data).toEqual({
        things: [
          { typeOf: 'Desk', worth: 10, w: 10 },
          { typeOf: 'Safe', worth: null, code: null },
        ],
      })
      expect(paths(narrowed.errors)).toEqual(['things.worth', 'things.code'])
      expect((await ask('{ things { worth } }', 'safe')).data).toEqual({ things: [{ worth: 10 }, { worth: 1_000 }] })
    })

    it('keeps our own question for their type apart from a client’s fields of whatever name', async () => {
      const token = await issuer.token()
      const query = '{ finds { ... on Desk { typeOfObject: label typeOfObject_: drawer } ... on Note { text } } }'
      const { body } = await edge.query(query, { token })
      expect(body.data).toEqual({
        finds: [{ typeOfObject: 'desk', typeOfObject_: 'left' }, { text: null }, null],
      })
    })
  })

  describe('and that others need', () => {
    it('is not fetched for those either', async () => {
      const query = '{ person(id: "p1") { name bonus } }'
      const { data, errors } = await ask(query, 'hr')
      expect(data).toEqual({ person: { name: 'Ada', bonus: null } })
      expect(paths(errors)).toEqual(['person.bonus'])
      expect(office.asked()).not.toMatch(/bonus|salary/)
      expect((await ask(query, 'pay:read')).data).toEqual({ person: { name: 'Ada', bonus: 90 } })
      expect(office.asked()).toContain('salary')
    })

    it('is one that composition refuses to hand on without the right to it', () => {
      const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
        import: ["@key", "@external", "@requires", "@requiresScopes"])`
      const parts = (right: string) => [
        {
          name: 'a',
          url: 'http://a.example.com',
          typeDefs: `${link} type Query { p: P }
            type P @key(fields: "id") { id: ID! salary: Int @requiresScopes(scopes: [["pay:read"]]) }`,
        },
        {
          name: 'b',
          url: 'http://b.example.com',
          typeDefs: `${link} type P @key(fields: "id") {
            id: ID! salary: Int @external bonus: Int @requires(fields: "salary") ${right} }`,
        },
      ]
      expect(() => composed(parts(''))).toThrow('does not specify necessary')
      expect(composed(parts('@requiresScopes(scopes: [["pay:read"]])'))).toContain('bonus')
    })

    it('as a key joins what is not denied, and is itself not answered', async () => {
      const { data, errors } = await ask('{ people { account { balance } } }', '')
      expect(data).toEqual({ people: [{ account: { balance: 7 } }, { account: { balance: 3 } }] })
      expect(errors).toBeUndefined()
      expect((await ask('{ people { account { iban balance } } }', '')).data).toEqual({
        people: [{ account: null }, { account: null }],
      })
    })
  })

  describe('at the root of a mutation', () => {
    it('refuses the whole operation before any of it runs, with one error for each', async () => {
      const query = 'mutation { greet(name: "x") a: hire(name: "y") { id } ... { b: fire(id: "p2") { salary } } }'
      const { data, errors, status } = await ask(query, 'pay:read')
      expect([status, data]).toEqual([403, undefined])
      expect(errors).toEqual([unauthorized('a'), unauthorized('b')])
      const nobody = await edge.query(query)
      expect([nobody.status, nobody.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
      expect(nobody.body.errors?.map(({ extensions: { code } }) => code)).toEqual([
        'UNAUTHENTICATED',
        'UNAUTHENTICATED',
      ])
      expect(office.asked()).toBe('')
    })

    it('that is skipped refuses nothing, and one below the root takes only itself away', async () => {
      const query = 'mutation ($no: Boolean!) { greet(name: "x") hire(name: "y") @include(if: $no) { id } }'
      expect((await ask(query, '', { no: false })).data).toEqual({ greet: 'hello x' })
      const { data, errors } = await ask('mutation { hire(name: "y") { name salary } }', 'hr')
      expect(data).toEqual({ hire: { name: 'Ben', salary: null } })
      expect(paths(errors)).toEqual(['hire.salary'])
    })
  })

  it('stands beside the errors of others', async () => {
    office.pay.answer = (reply) => void reply.destroy()
    const { data, errors } = await ask('{ person(id: "p1") { desk salary } }', '')
    office.pay.answer = undefined
    expect(data).toEqual({ person: { desk: null, salary: null } })
    expect(errors?.map(({ path, extensions: { code } }) => [path?.join('.'), code])).toEqual([
      ['person.salary', 'UNAUTHORIZED_FIELD_OR_TYPE'],
      ['person.desk', 'SUBGRAPH_UNAVAILABLE'],
    ])
  })

  it('is still in the schema that a signed-in caller reads', async () => {
    const { data } = await ask(
      '{ person(id: "p1") { salary } __type(name: "Note") { fields { ...F } } } fragment F on __Field { name }',
      '',
    )
    expect(data).toEqual({ person: { salary: null }, __type: { fields: [{ name: 'text' }] } })
  })

  it('cannot be hidden by nesting: an operation that is too deep to prune is refused, not executed', async () => {
    const levels = 3_000
    const query = `{ open ${'... {'.repeat(levels)} ledger person(id: "p1") { salary } ${'}'.repeat(levels)} }`
    const { errors } = await ask(query, '')
    expect(['UNAUTHORIZED_FIELD_OR_TYPE', 'OPERATION_TOO_COMPLEX']).toContain(errors?.[0]?.extensions.code)
    expect(office.asked()).not.toMatch(/salary|ledger/)
    const proto = await edge.query('{ person(id: "p1") { __proto__: name salary } }')
    expect(proto.text).toContain('"person":{"__proto__":"Ada","salary":null}')
  })

  it('is counted', async () => {
    const denied = async () => {
      const metrics = await (await fetch(`${edge.opsOrigin}/metrics`)).text()
      return /^gateway_fields_denied_total\{.*caller="user".*\} (\d+)$/m.exec(metrics)?.[1]
    }
    const before = Number(await denied())
    await ask('{ people { salary mood } ledger open }', '')
    expect(Number(await denied()) - before).toBe(3)
  })
})

describe('with AUTH=off', () => {
  it('a supergraph that carries access rules is refused, and one without is served', async () => {
    const office = await openToyOffice()
    try {
      const refused = 'access rules, which AUTH=off would not enforce'
      await expect(openEdge({ ...office, path: office.guardedPath }, { AUTH: 'off' })).rejects.toThrow(refused)
      const edge = await openEdge(office, { AUTH: 'off' })
      const { body } = await edge.query('{ person(id: "p1") { salary } ledger }')
      expect(body).toEqual({ data: { person: { salary: 900 }, ledger: 'all of it' } })
      await edge.close()
    } finally {
      await office.close()
    }
  })
})
