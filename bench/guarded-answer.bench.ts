import 'reflect-metadata'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { execute, type GraphQLSchema, parse } from 'graphql'
import { Field, Float, ID, Int, ObjectType, Query, Resolver } from 'type-graphql'
import { anonymousCaller, type Caller, systemOrganizationId } from '#platform/caller/caller'
import { federate } from '#platform/graphql/federate'
import { guard } from '#platform/graphql/guard'
import {
  andRow,
  anyone,
  either,
  hasScope,
  orRow,
  type PermissionMap,
  type Rule,
  signedIn,
} from '#platform/graphql/rules'

/**
 * What does the guard add to an answer of 10 000 fields (1 000 rows of 10), executed in memory, next to the same schema
 * without it? Run it by `npx tsx bench/guarded-answer.bench.ts`. CPU time of the process per request, rounds of all
 * contenders in turn, the median of each contender's ratios to the unguarded round beside it. Nothing is read, sent or
 * printed, so that the ratios are high ones; highest where even the fields are bare, which no subgraph of ours has. Fails
 * when a ratio of a schema built as the subgraphs' are is above 1.2.
 */
const ratioMax = 1.2
const rows = 1_000
const rounds = 40
const warmUpRounds = 15
const requestsPerRound = 5

const fields = ['id', 'owner', 'state', 'name', 'count', 'price', 'note', 'at', 'from', 'until'] as const

@ObjectType()
class Row {
  @Field(() => ID)
  id!: string
  @Field(() => ID)
  owner!: string
  @Field(() => String)
  state!: string
  @Field(() => String, { nullable: true })
  name!: string
  @Field(() => Int, { nullable: true })
  count!: number
  @Field(() => Float, { nullable: true })
  price!: number
  @Field(() => String, { nullable: true })
  note!: string
  @Field(() => String, { nullable: true })
  at!: string
  @Field(() => String, { nullable: true })
  from!: string
  @Field(() => String, { nullable: true })
  until!: string | null
}

@Resolver(() => Row)
class Rows {
  @Query(() => [Row], { nullable: true })
  rows() {
    return answer
  }
}

const bareTypeDefs = parse(`
  type Query { rows: [Row!] }
  type Row { id: ID! owner: ID! state: String! name: String count: Int price: Float note: String at: String from: String until: String }
`)
const answer = Array.from({ length: rows }, (_, i) => ({
  id: `row ${i}`,
  owner: 'ann',
  state: 'DRAFT',
  name: 'A name',
  count: i,
  price: i / 7,
  note: 'Some words of somebody about the row.',
  at: '2026-11-21T10:00:00Z',
  from: '2026-11-21T10:00:00Z',
  until: null,
}))
const query = parse(`{ rows { ${fields.join(' ')} } }`)

const ownRow = (row: unknown, caller: Caller) => (row as { owner: string }).owner === caller.userId
const draft = (row: unknown) => (row as { state: string }).state === 'DRAFT'
const reader = hasScope('row:read')
const inspector = hasScope('row:inspect')

/** These rules at the fields of a row, one field after the other. */
function permissionsOf([first = anyone, ...others]: readonly Rule[]): PermissionMap {
  const rules = [first, ...others]
  return {
    Query: { rows: first === anyone ? anyone : signedIn },
    Row: Object.fromEntries(fields.map((field, i) => [field, rules[i % rules.length] ?? first])),
  }
}
/** Without rules every field answers by its own resolver: what everybody may is not wrapped. */
const ofSubgraph = async (...rules: readonly Rule[]): Promise<GraphQLSchema> =>
  (await federate({ resolvers: [Rows], references: {}, permissions: permissionsOf(rules) })).schema
async function bare(...rules: readonly Rule[]): Promise<GraphQLSchema> {
  const resolvers = { Query: { rows: () => answer } }
  const schema = buildSubgraphSchema([{ typeDefs: bareTypeDefs, resolvers: resolvers as never }])
  return rules.length === 0 ? schema : guard(schema, permissionsOf(rules))
}

const callerWith = (userId: string, ...scopes: string[]): Caller => ({
  ...anonymousCaller(null),
  kind: 'user',
  userId,
  organizationId: systemOrganizationId,
  scopes,
})

const asked: readonly { readonly name: string; readonly rules: readonly Rule[]; readonly caller: Caller }[] = [
  { name: 'a role for all fields', rules: [reader], caller: callerWith('bob', 'row:read') },
  { name: 'roles in turn', rules: [reader, inspector], caller: callerWith('bob', 'row:read', 'row:inspect') },
  {
    name: 'role or own row: the role says yes',
    rules: [orRow(reader, 'own row', ownRow), signedIn],
    caller: callerWith('bob', 'row:read'),
  },
  {
    name: 'role or own row: each row says yes',
    rules: [orRow(reader, 'own row', ownRow), orRow(inspector, 'own row', ownRow)],
    caller: callerWith('ann'),
  },
  {
    name: 'role, or another and a draft: each row says yes',
    rules: [either(inspector, andRow(reader, 'a draft', draft)), signedIn],
    caller: callerWith('bob', 'row:read'),
  },
]

interface Contender {
  readonly name: string
  readonly schema: GraphQLSchema
  readonly caller: Caller
}
async function contendersOf(build: (...rules: readonly Rule[]) => Promise<GraphQLSchema>) {
  const guarded = await Promise.all(
    asked.map(async ({ name, rules, caller }): Promise<Contender> => ({ name, schema: await build(...rules), caller })),
  )
  return { unguarded: { name: 'unguarded', schema: await build(), caller: callerWith('ann') }, guarded }
}

/** CPU milliseconds of one request. */
async function round({ name, schema, caller }: Contender): Promise<number> {
  const before = process.cpuUsage()
  for (let i = 0; i < requestsPerRound; i += 1) {
    const { data, errors } = await execute({ schema, document: query, contextValue: { caller } })
    const last = (data?.rows as Record<string, unknown>[] | undefined)?.at(-1)
    if (errors !== undefined || last?.at !== answer.at(-1)?.at) throw new Error(`${name}: ${errors?.[0]?.message}`)
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000 / requestsPerRound
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
const say = (name: string, ms: number, ratio: number) =>
  process.stdout.write(`  ${name.padEnd(50)} ${ms.toFixed(2).padStart(6)} ms CPU  × ${ratio.toFixed(3)}\n`)

/** @returns the ratio of each guarded contender to the unguarded one */
async function measure(title: string, { unguarded, guarded }: Awaited<ReturnType<typeof contendersOf>>) {
  for (let i = 0; i < warmUpRounds; i += 1) for (const contender of [unguarded, ...guarded]) await round(contender)
  const took = guarded.map(({ name }) => ({ name, ms: [] as number[], bareMs: [] as number[], ratios: [] as number[] }))
  for (let i = 0; i < rounds; i += 1) {
    for (const [at, contender] of guarded.entries()) {
      // Each beside a round of the unguarded schema, first or second by turns: the machine's moods meet both.
      const first = i % 2 === 0 ? await round(unguarded) : undefined
      const ms = await round(contender)
      const bareMs = first ?? (await round(unguarded))
      took[at]?.ms.push(ms)
      took[at]?.bareMs.push(bareMs)
      took[at]?.ratios.push(ms / bareMs)
    }
  }
  process.stdout.write(`${title}\n`)
  say(unguarded.name, median(took.flatMap(({ bareMs }) => bareMs)), 1)
  for (const { name, ms, ratios } of took) say(name, median(ms), median(ratios))
  return Object.fromEntries(took.map(({ name, ratios }) => [name, Number(median(ratios).toFixed(3))]))
}

process.stdout.write(`${rows} rows of ${fields.length} fields, Node ${process.versions.node}\n`)
const ratios = await measure('built as the subgraphs are', await contendersOf(ofSubgraph))
const bareRatios = await measure('bare fields, without a limit', await contendersOf(bare))
const worst = Math.max(...Object.values(ratios))
if (worst > ratioMax) process.exitCode = 1
process.stdout.write(
  `${JSON.stringify({ bench: 'guarded-answer', fields: rows * fields.length, ratioMax, worst, ratios, bareRatios, ok: worst <= ratioMax })}\n`,
)
