import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { newId } from '#platform/id'
import { definitionSchema } from './definition.schema.ts'

const committed = JSON.parse(readFileSync('docs/reference/agent-definition.schema.json', 'utf8')) as object
const fits = new Ajv2020({ strict: false }).compile(committed)

const connection = newId()
const transform = { id: 'a', kind: 'transform', expression: '1' }
const of = (...steps: unknown[]) => ({ grants: [], steps })
const tool = { name: 't', description: '', parameters: {}, connection, action: 'query', approval: { count: 2 } }

test.each<[string, unknown, boolean]>([
  ['the smallest definition', of(transform), true],
  [
    'a model',
    of({ id: 'a', kind: 'llm', connection, prompt: 'Hi', output: { type: 'object' }, temperature: 0.5 }),
    true,
  ],
  ['a model with tools', of({ id: 'a', kind: 'agent', connection, prompt: 'Hi', tools: [tool], maxTurns: 3 }), true],
  ['a tool', of({ id: 'a', kind: 'tool', connection, action: 'query', with: { n: 1 }, timeout: '1m30s' }), true],
  [
    'a branch in a map',
    of({
      id: 'a',
      kind: 'map',
      items: '[1]',
      steps: [{ id: 'b', kind: 'branch', cases: [{ when: 'x', steps: [transform] }] }],
    }),
    true,
  ],
  ['parallel branches', of({ id: 'a', kind: 'parallel', branches: { left: [transform] } }), true],
  ['a loop', of({ id: 'a', kind: 'loop', until: 'x', steps: [transform], maxIterations: 3 }), true],
  ['a wait', of({ id: 'a', kind: 'wait', event: { name: 'paid', key: 'input.id' }, onTimeout: 'continue' }), true],
  ['an approval', of({ id: 'a', kind: 'approval', title: 'Sure?', expiresIn: '2d', onExpiry: 'reject' }), true],
  ['a subagent', of({ id: 'a', kind: 'subagent', agent: connection, wait: false }), true],
  [
    'limits',
    { ...of(transform), limits: { steps: 5, concurrency: { runs: 1 }, rate: { runs: 3, period: '1h' } } },
    true,
  ],
  [
    'modifiers',
    of({
      ...transform,
      when: 'x',
      retry: { maxAttempts: 3, initial: '2s' },
      onFailure: [transform],
      compensate: [transform],
    }),
    true,
  ],
  ['no steps', { grants: [] }, false],
  ['an unknown kind', of({ ...transform, kind: 'teleport' }), false],
  ['an unknown setting', of({ ...transform, color: 'red' }), false],
  ['an unknown scope', { grants: ['audit:everything'], steps: [transform] }, false],
  ['an id with a capital', of({ ...transform, id: 'Events' }), false],
  ['a duration in words', of({ ...transform, timeout: 'soon' }), false],
  ['a connection by name', of({ id: 'a', kind: 'tool', connection: 'mine', action: 'query' }), false],
  ['too many attempts', of({ ...transform, retry: { maxAttempts: 21 } }), false],
  ['a loop without an end', of({ id: 'a', kind: 'loop', steps: [transform], maxIterations: 3 }), false],
  ['a wait for two things', of({ id: 'a', kind: 'wait', for: '1s', until: 'x' }), false],
  ['a wait for nothing', of({ id: 'a', kind: 'wait' }), false],
  [
    '21 branches',
    of({
      id: 'a',
      kind: 'parallel',
      branches: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`b${n}`, [transform]])),
    }),
    false,
  ],
  [
    'a fault deep inside',
    of({ id: 'a', kind: 'branch', cases: [{ when: 'x', steps: [{ ...transform, expression: 3 }] }] }),
    false,
  ],
])('the committed JSON Schema judges %s as publishing does', (_name, definition, good) => {
  expect(definitionSchema.safeParse(definition).success).toBe(good)
  expect(fits(definition)).toBe(good)
})
