import { buildSubgraphSchema } from '@apollo/subgraph'
import { execute, type GraphQLObjectType, parse } from 'graphql'
import { expect, test } from 'vitest'
import { randomFrom } from '../../tests/kit/random-operations.ts'
import { anonymousCaller, type Caller, systemCaller } from '../caller/caller.ts'
import { newId } from '../id.ts'
import { type Ctx, withCaller } from './context.ts'
import { guard } from './guard.ts'
import { andRow, anyone, either, fresh, hasScope, orRow, type RowCondition, type Rule, signedIn } from './rules.ts'

const fields = ['a', 'b', 'c', 'd'] as const
const typeDefs = parse(`type Query { rows: [Row!] } type Row { ${fields.map((name) => `${name}: Int`).join(' ')} }`)
const document = parse(`{ rows { ${fields.join(' ')} } }`)
interface Row {
  readonly owner: string | null
  readonly tag: string
}

/** A schema whose rows have these rules at their fields, in turn. */
function schemaWith(...rules: readonly Rule[]) {
  const row = Object.fromEntries(fields.map((field) => [field, () => 1]))
  const schema = buildSubgraphSchema([
    { typeDefs, resolvers: { Query: { rows: (given: readonly Row[]) => given }, Row: row } as never },
  ])
  const ofRow = Object.fromEntries(fields.map((field, i) => [field, rules[i % rules.length] ?? anyone]))
  return guard(schema, { Query: { rows: anyone }, Row: ofRow })
}

/** Which fields of which rows are answered in one request. */
async function answered(
  schema: ReturnType<typeof guard>,
  rootValue: readonly Row[],
  caller: Caller,
): Promise<boolean[][]> {
  const { data } = await execute({ schema, document, rootValue, contextValue: { caller } })
  const found = (data?.rows ?? []) as Record<string, number | null>[]
  return found.map((row) => fields.map((field) => row[field] === 1))
}

const rounds = 8
const scopes = ['x', 'y', 'z']
const ann = newId()
const random = randomFrom(20_261_121)
const pick = <T>(some: readonly T[]): T => some[Math.floor(random() * some.length)] as T

const conditions: Readonly<Record<string, RowCondition>> = {
  own: (row, caller) => (row as Row).owner === caller.userId,
  tagged: (row) => (row as Row).tag === 'x',
  'of their scope': (row, caller) => caller.scopes.includes((row as Row).tag),
  broken: (row) => {
    if ((row as Row).tag === 'y') throw new Error('A condition that cannot read this row.')
    return true
  },
}
const broken: Rule = {
  ...signedIn,
  name: 'broken',
  allows: ({ scopes: held }) => {
    if (held.includes('y')) throw new Error('A rule that cannot read this caller.')
    return held.includes('z')
  },
}

function randomRule(depth: number): Rule {
  if (depth === 0 || random() < 0.2) return pick([...scopes.map(hasScope), signedIn, broken])
  const [name, condition] = pick(Object.entries(conditions)) as [string, RowCondition]
  return pick([
    () => orRow(randomRule(depth - 1), name, condition),
    () => andRow(randomRule(depth - 1), name, condition),
    () => either(randomRule(depth - 1), randomRule(depth - 1)),
    () => fresh(randomRule(depth - 1)),
  ])()
}
const user = (some: readonly string[], authTime: number | null): Caller => ({
  ...anonymousCaller(null),
  kind: 'user',
  userId: ann,
  organizationId: newId(),
  scopes: some,
  authTime,
})
const now = Math.floor(Date.now() / 1000)
const callers: readonly Caller[] = [
  anonymousCaller(null),
  { ...systemCaller(newId()), scopes },
  { ...user(scopes, now), organizationId: '' },
  { ...user(scopes, now), userId: null },
  ...[[], ['x'], ['y'], ['z'], ['x', 'z'], scopes].flatMap((some) => [user(some, now), user(some, null)]),
]
const rows: readonly Row[] = [ann, newId(), null].flatMap((owner) => ['x', 'y', 'w'].map((tag) => ({ owner, tag })))

/** What a rule says, where an exception is a no. */
function says(rule: Rule, row: Row, caller: Caller): boolean {
  try {
    const finding = rule.allows(caller) || (rule.row?.(caller) ?? false)
    return typeof finding === 'function' ? finding(row) : finding
  } catch {
    return false
  }
}

test('past shield the same is decided as by shield, for generated rules, callers and rows', async () => {
  let yes = 0
  for (let round = 0; round < rounds; round += 1) {
    const rules = fields.map(() => randomRule(3))
    const schema = schemaWith(...rules)
    for (const caller of callers) {
      const expected = rows.map((row) => rules.map((rule) => says(rule, row, caller)))
      const words = `${rules.map(({ name }) => name).join(' | ')} for ${caller.kind} [${caller.scopes.join()}]`
      // The first row of a request is shield's to decide, those after it go past shield where they may.
      const byShield = await Promise.all(rows.map((row) => answered(schema, [row], caller)))
      expect(byShield.flat(), words).toEqual(expected)
      expect(await answered(schema, [...rows, ...rows], caller), words).toEqual([...expected, ...expected])
      yes += expected.flat().filter(Boolean).length
    }
  }
  // Neither all nor nothing was allowed.
  const all = rounds * callers.length * rows.length * fields.length
  expect(yes / all).toBeGreaterThan(0.1)
  expect(yes / all).toBeLessThan(0.9)
})

const resolverOf = (schema: ReturnType<typeof guard>) => {
  const { a } = (schema.getType('Row') as GraphQLObjectType).getFields()
  return a?.resolve as (...args: unknown[]) => unknown
}

test('once shield has met the caller, a row that says yes answers without a promise, and any other is shield’s', async () => {
  const resolve = resolverOf(schemaWith(orRow(hasScope('x'), 'own', conditions.own as RowCondition)))
  const ctx = { caller: user([], null) }
  const [own, others] = [{ owner: ann }, { owner: newId() }]
  const first = resolve(own, {}, ctx, {})
  expect(first).toBeInstanceOf(Promise)
  expect(await first).toBe(1)
  expect(resolve(own, {}, ctx, {})).toBe(1)
  const refused = resolve(others, {}, ctx, {})
  expect(refused).toBeInstanceOf(Promise)
  expect(await refused).toMatchObject({ code: 'FORBIDDEN' })
})

test('what was found of one caller, or by one schema, says nothing of another that shares the context', async () => {
  const [resolve, stranger] = [resolverOf(schemaWith(hasScope('x'))), resolverOf(schemaWith(hasScope('y')))]
  const ctx = { caller: user(['x'], null) } as Ctx
  expect(await resolve({}, {}, ctx, {})).toBe(1)
  expect(resolve({}, {}, ctx, {})).toBe(1)
  expect(resolve({}, {}, { ...ctx, caller: user([], null) }, {})).toBeInstanceOf(Promise)
  expect(await resolve({}, {}, withCaller(ctx, user([], null)), {})).toMatchObject({ code: 'FORBIDDEN' })
  expect(await stranger({}, {}, ctx, {})).toMatchObject({ code: 'FORBIDDEN' })
})
