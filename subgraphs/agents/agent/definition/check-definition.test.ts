import { expect, test } from 'vitest'
import { newId } from '#platform/id'
import { AgentDefinitionInvalidError } from '../agent.errors.ts'
import { checkDefinition } from './check-definition.ts'
import type { Fault } from './fault.ts'

const connection = newId()
const transform = (id: string, expression = '1') => ({ id, kind: 'transform', expression })
const of = (...steps: unknown[]) => ({ grants: [], steps })
const branchAround = (steps: unknown[], id: string) => ({ id, kind: 'branch', cases: [{ when: 'true', steps }] })

async function faultsOf(definition: unknown): Promise<Fault[]> {
  const error = await checkDefinition(definition).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error === undefined) return []
  expect(error).toBeInstanceOf(AgentDefinitionInvalidError)
  return (error as AgentDefinitionInvalidError).details as Fault[]
}

const whole = {
  grants: ['audit:read', 'user:read'],
  input: { hours: 24 },
  steps: [
    {
      id: 'events',
      kind: 'tool',
      connection,
      action: 'query',
      timeout: '5s',
      with: { document: '{ me { id } }', variables: { after: '{{ $now() }}', first: 3, deep: [null, true] } },
    },
    transform('digest', 'steps.events.{"n": $count(me)}'),
    {
      id: 'severity',
      kind: 'branch',
      cases: [{ when: 'steps.digest.n > 3', steps: [transform('high', '"HIGH"')] }],
      otherwise: [transform('low', '"LOW"')],
    },
  ],
  output: 'steps.digest',
}

test('a whole definition is taken as it is, with the connections that it uses', async () => {
  expect(await checkDefinition(whole)).toEqual({
    definition: whole,
    json: JSON.stringify(whole),
    connectionIds: [connection],
    subagents: [],
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
})

test('a step that an expression names for certain is one of the definition, wherever that stands', async () => {
  expect(
    await faultsOf(
      of(branchAround([transform('inner', 'steps.later.x')], 'b'), transform('later', 'steps.inner & steps.innr'), {
        id: 'call',
        kind: 'http',
        method: 'GET',
        url: 'https://example.com/{{ steps.lates.id }}',
      }),
    ),
  ).toEqual([
    { path: 'steps[1].expression', message: 'There is no step `innr`.' },
    { path: 'steps[2].url', message: 'There is no step `lates`.' },
  ])
})

test('every JSON Schema of a definition is checked, each fault with its path', async () => {
  const wrong = { properties: { a: { type: 'strin' } } }
  const tool = { name: 't', description: '', connection, action: 'query', parameters: wrong, approval: { form: wrong } }
  const faults = await faultsOf({
    grants: [],
    inputSchema: wrong,
    outputSchema: { $ref: 'https://example.com/schema' },
    steps: [
      { id: 'a', kind: 'llm', connection, prompt: '', output: { pattern: '(?=a)' } },
      { id: 'b', kind: 'agent', connection, prompt: '', tools: [tool] },
      { id: 'c', kind: 'approval', title: 'Sure?', form: { requried: ['a'] } },
    ],
  })
  expect([...new Set(faults.map(({ path }) => path))]).toEqual([
    'inputSchema.properties.a.type',
    'outputSchema["$ref"]',
    'steps[0].output.pattern',
    'steps[1].tools[0].parameters.properties.a.type',
    'steps[1].tools[0].approval.form.properties.a.type',
    'steps[2].form.requried',
  ])
})

test('every fault is named with its path, whatever else is wrong', async () => {
  const faults = await faultsOf({
    grants: ['audit:read', 'audit:everything'],
    input: [],
    retries: 3,
    steps: [
      {
        id: 'Events',
        kind: 'tool',
        connection: 'mine',
        action: 'query',
        with: { q: [{ 'a b': '{{ 1 + }}' }] },
        color: 'red',
      },
      { id: 'same', kind: 'transform', expression: '(' },
      { id: 'same', kind: 'teleport' },
      {
        id: 'choice',
        kind: 'branch',
        cases: [{ when: 3, steps: [{ id: 'inner', kind: 'transform', timeout: 'soon' }] }],
        otherwise: [transform('choice', '')],
      },
    ],
    output: '$$$[',
  })
  expect(faults.map((fault) => fault.path).toSorted()).toEqual(
    [
      'grants[1]',
      'input',
      'output',
      'retries',
      'steps[0].color',
      'steps[0].connection',
      'steps[0].id',
      'steps[0].with.q[0]["a b"]',
      'steps[1].expression',
      'steps[2].id',
      'steps[2].kind',
      'steps[3].cases[0].steps[0].expression',
      'steps[3].cases[0].steps[0].timeout',
      'steps[3].cases[0].when',
      'steps[3].otherwise[0].expression',
      'steps[3].otherwise[0].id',
    ].toSorted(),
  )
  for (const fault of faults) expect(fault.message).toMatch(/\w/)
})

test.each([
  ['nothing', null, ''],
  ['a list', [], ''],
  ['a text', 'steps', ''],
  ['no steps at all', { grants: [] }, 'steps'],
  ['an empty list of steps', of(), 'steps'],
  ['a step that is none', of('step'), 'steps[0]'],
  ['a branch without cases', of({ id: 'b', kind: 'branch', cases: [] }), 'steps[0].cases'],
])('%s in place of a definition is a fault with a path', async (_name, definition, path) => {
  expect((await faultsOf(definition)).map((fault) => fault.path)).toContain(path)
})

test('more than 100 steps are refused, wherever they stand', async () => {
  const many = (n: number, prefix: string) => Array.from({ length: n }, (_, i) => transform(`${prefix}${i}`))
  expect(await faultsOf(of(branchAround(many(50, 'a'), 'b'), ...many(49, 'c')))).toEqual([])
  expect(await faultsOf(of(branchAround(many(50, 'a'), 'b'), ...many(50, 'c')))).toEqual([
    { path: 'steps', message: expect.stringContaining('101') },
  ])
})

test('branches nest five deep and no deeper', async () => {
  const nestedBranches = (depth: number): unknown =>
    depth === 1 ? transform('leaf') : branchAround([nestedBranches(depth - 1)], `level${depth}`)
  expect(await faultsOf(of(nestedBranches(5)))).toEqual([])
  expect(await faultsOf(of(nestedBranches(6)))).toEqual([
    { path: `steps[0]${'.cases[0].steps[0]'.repeat(5)}`, message: expect.stringContaining('deeper than 5') },
  ])
})

test('a definition larger than 256 KB, or nested without end, is refused before it is read further', async () => {
  const large = of(transform('a', '1'), {
    id: 'x',
    kind: 'tool',
    connection,
    action: 'a',
    with: 'y'.repeat(256 * 1024),
  })
  expect(await faultsOf(large)).toEqual([{ path: '', message: expect.stringContaining('256 KB') }])
  let deep: unknown = []
  for (let depth = 0; depth < 50_000; depth += 1) deep = [{ id: 'b', kind: 'branch', otherwise: deep }]
  expect(await faultsOf({ grants: [], steps: deep })).toEqual([
    { path: '', message: expect.stringContaining('deeper') },
  ])
})

test('a text that no database stores is a fault, not a failure of ours', async () => {
  expect(await faultsOf(of(transform('a', '"\0"')))).toEqual([{ path: '', message: expect.stringContaining('U+0000') }])
})

test('one expression is bounded, and so are all together', async () => {
  const long = (n: number) => `"${'x'.repeat(n - 2)}"`
  expect(await faultsOf(of(transform('a', long(4_097))))).toEqual([
    { path: 'steps[0].expression', message: expect.stringContaining('4096') },
  ])
  expect(await faultsOf(of(...Array.from({ length: 17 }, (_, i) => transform(`s${i}`, long(4_000)))))).toEqual([
    { path: '', message: expect.stringContaining('65536') },
  ])
})

test('the list of faults is bounded and says how many more there are', async () => {
  const faults = await faultsOf({ grants: Array.from({ length: 600 }, () => 'x'), steps: [transform('a')] })
  expect(faults).toHaveLength(501)
  expect(faults.at(-1)).toEqual({ path: '', message: '… and 100 more.' })
})
