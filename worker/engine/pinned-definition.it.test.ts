import { afterAll, beforeAll, expect, test } from 'vitest'
import { publishAgentVersion } from '../../subgraphs/agents/agent/publish-agent-version.ts'
import { startRun } from '../../subgraphs/agents/run/start-run.ts'
import { newAgent } from '../../tests/kit/agents.ts'
import { type Engine, openEngine } from '../../tests/kit/engine.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openEngine()
})
afterAll(() => engine.close())

const said = (text: string) => ({
  grants: [],
  steps: [
    { id: 'pause', kind: 'wait', for: '1s' },
    { id: 'say', kind: 'transform', expression: `"${text}"` },
  ],
})

test('a run in flight ends by the version that it was started with, whatever is published meanwhile', async () => {
  const agent = await newAgent(engine.place, said('old'))
  const { id } = await startRun(engine.place.owning(), { agentId: agent.id })
  await engine.until(id, ['WAITING'])
  await publishAgentVersion(engine.place.owning(), { agentId: agent.id, definition: said('new') })
  const later = await startRun(engine.place.owning(), { agentId: agent.id })
  expect((await engine.ended(id)).output).toBe('old')
  expect((await engine.ended(later.id)).output).toBe('new')
})

test('a run whose output does not fit the agent’s schema fails with the paths', async () => {
  const outputSchema = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n', 'm'] }
  const ofOutput = (expression: string) => ({ outputSchema, steps: [{ id: 'a', kind: 'transform', expression }] })
  const faulty = await engine.start(ofOutput('{"n": "one"}'))
  const fitting = await engine.start(ofOutput('{"n": 1, "m": 2}'))
  expect(await engine.ended(faulty)).toMatchObject({
    status: 'FAILED',
    output: null,
    error: {
      code: 'RUN_OUTPUT_INVALID',
      message: expect.stringMatching(/output\.m is missing.*output\.n must be integer/),
    },
  })
  expect(await engine.ended(fitting)).toMatchObject({ status: 'SUCCEEDED', output: { n: 1, m: 2 } })
})
