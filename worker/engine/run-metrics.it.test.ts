import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#platform/id'
import { createMetrics } from '#platform/telemetry/metrics'
import { standingRuns } from '../../subgraphs/agents/jobs.ts'
import { createSchedule } from '../../subgraphs/agents/schedule/create-schedule.ts'
import { newAgent } from '../../tests/kit/agents.ts'
import { type Engine, openEngine } from '../../tests/kit/engine.ts'
import { measureStanding } from './standing.metrics.ts'

let engine: Engine
let sweep: Pool
beforeAll(async () => {
  engine = await openEngine()
  sweep = new Pool({ connectionString: String(engine.services.environment.SWEEP_DATABASE_URL), max: 1 })
})
afterAll(async () => {
  await sweep?.end()
  await engine?.close()
})

/** The samples of one metric, by their labels. */
function samples(text: string, name: string): Record<string, number> {
  const found = [...text.matchAll(new RegExp(`^${name}(?:\\{(.*)\\})? (\\S+)$`, 'gm'))]
  return Object.fromEntries(
    found.map(([, labels = '', value]) => [labels.replace(/,?service="\w+"/, ''), Number(value)]),
  )
}

test('what a worker does of runs is told by kind, outcome and status, as it is stored', async () => {
  await engine.stopWorker()
  const worker = await engine.openWorker()
  try {
    const id = await engine.start({
      steps: [
        { id: 'made', kind: 'transform', expression: '1' },
        { id: 'left', kind: 'transform', when: 'false', expression: '1' },
        { id: 'broken', kind: 'transform', expression: '$error("no")', continueOnError: true },
        { id: 'pause', kind: 'wait', for: '10ms' },
      ],
    })
    await engine.ended(id)
    await expect
      .poll(async () => {
        const text = await (await fetch(`${worker.urls[0]}/metrics`)).text()
        return {
          steps: samples(text, 'run_steps_total'),
          ended: samples(text, 'runs_ended_total'),
          commits: Object.values(samples(text, 'run_commit_duration_seconds_count')).map((count) => count > 0),
          inHand: samples(text, 'runs_in_hand'),
          expressions: samples(text, 'expression_evaluations'),
          due: samples(text, 'runs_due'),
        }
      })
      .toEqual({
        steps: {
          'kind="transform",outcome="succeeded"': 1,
          'kind="transform",outcome="skipped"': 1,
          'kind="transform",outcome="failed"': 1,
          'kind="wait",outcome="succeeded"': 1,
        },
        ended: { 'status="SUCCEEDED"': 1 },
        commits: [true],
        inHand: { '': 0 },
        expressions: { 'state="running"': 0, 'state="waiting"': 0 },
        due: { '': 0 },
      })
  } finally {
    await worker.close()
    await engine.restartWorker()
  }
})

describe('what stands still', () => {
  test('is counted over all organizations by the sweep, which sees nothing of what it is about', async () => {
    await engine.stopWorker()
    expect(await standingRuns(sweep)).toEqual({
      ...{ due: 0, oldestDueSeconds: 0, held: {}, deadLetters: 0, oldestScheduleSeconds: 0, pausedSchedules: {} },
    })
    const [late, held, aside] = [await engine.start(small), await engine.start(small), await engine.start(small)]
    const change = (set: string, id?: string) =>
      engine.query(`update agents.run set ${set} where id = ? returning id`, [id])
    await change(`due_at = now() - interval '5 minutes'`, late)
    await change(`held_by = 'rate:an-agent:', due_at = 'infinity'`, held)
    await change(`status = 'WAITING', due_at = 'infinity'`, aside)
    await engine.query(
      `insert into agents.dead_letter (organization_id, id, run_id, agent_id, error, owners, parked_at)
       values (?, ?, ?, ?, '{}', '{}', now()) returning id`,
      [engine.place.organizationId, newId(), aside, newId()],
    )
    const agent = await newAgent(engine.place)
    const schedules = ['due', 'paused'].map((name) =>
      createSchedule(engine.place.owning(), { agentId: agent.id, name, cron: '0 0 1 1 *' }),
    )
    const [due, paused] = await Promise.all(schedules)
    await engine.query(`update agents.schedule set due_at = now() - interval '2 minutes' where id = ? returning id`, [
      due?.id,
    ])
    await engine.query(
      `update agents.schedule set due_at = null, paused = '{"code": "RUN_FAILED", "message": "…"}' where id = ? returning id`,
      [paused?.id],
    )
    const standing = await standingRuns(sweep)
    expect(standing).toMatchObject({
      ...{ due: 1, held: { rate: 1 }, deadLetters: 1, pausedSchedules: { RUN_FAILED: 1 } },
    })
    expect(standing.oldestDueSeconds).toBeGreaterThanOrEqual(300)
    expect(standing.oldestScheduleSeconds).toBeGreaterThanOrEqual(120)
    await expect(sweep.query('select input from agents.run')).rejects.toThrow('permission denied')
    await expect(sweep.query('select error from agents.dead_letter')).rejects.toThrow('permission denied')
  })

  test('has no value when the database does not tell', async () => {
    const metrics = createMetrics('worker')
    let answers = true
    measureStanding(metrics, () => (answers ? standingRuns(sweep) : Promise.reject(new Error('away'))))
    const told = async () => /^(runs_due|run_dead_letters|runs_held)[{ ].*$/m.test(await metrics.registry.metrics())
    expect(await told()).toBe(true)
    answers = false
    expect(await told()).toBe(false)
  })
})

const small = { steps: [{ id: 'a', kind: 'transform', expression: '1' }] }
