import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { newId } from '#platform/id'
import { openOwnServices } from '../tests/kit/own-services.ts'

/**
 * What do 10 000 parked runs cost? One worker with nothing to do, on a PostgreSQL and a Redis of its own, for 20 s: first
 * with no run at all, then with 10 000 that wait for a timer, an approval, an event or a child. Processor time of the
 * worker and of all of PostgreSQL's processes, in percent of one processor. Run it by `npx tsx
 * bench/parked-runs.bench.ts`. Fails when the parked runs cost more than 1 % on either side, or when any of them was
 * touched.
 */
const runs = 10_000
const seconds = 20
const percentMax = 1
const ticksPerSecond = 100
const organizationId = newId()

interface Spent {
  readonly worker: number
  readonly postgres: number
}

/** `/proc/<pid>/stat`: the parent, and processor time in ticks; `gone` is that of children that have ended. */
function processOf(pid: number) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
    .map(Number)
  const [parent = 0, own = 0, gone = 0] = [
    fields[1],
    (fields[11] ?? 0) + (fields[12] ?? 0),
    (fields[13] ?? 0) + (fields[14] ?? 0),
  ]
  return { parent, own, gone }
}

/** Ticks of a process, of its children, and of those that it had. */
function ticksOfTree(root: number): number {
  const { own, gone } = processOf(root)
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .reduce((sum, name) => {
      try {
        const child = processOf(Number(name))
        return child.parent === root ? sum + child.own : sum
      } catch {
        return sum
      }
    }, own + gone)
}

async function spentIn(workerPid: number, postmaster: number): Promise<Spent> {
  const before = { worker: processOf(workerPid).own, postgres: ticksOfTree(postmaster) }
  await sleep(seconds * 1_000)
  const percent = (ticks: number) => (100 * ticks) / ticksPerSecond / seconds
  return {
    worker: percent(processOf(workerPid).own - before.worker),
    postgres: percent(ticksOfTree(postmaster) - before.postgres),
  }
}

const park = (client: Client) =>
  client.query(
    `with parked as (
       insert into agents.run (organization_id, id, agent_id, agent_version_id, status, input, started_by, request_id,
         traceparent, queued_at, started_at, due_at, lease_epoch, event_seq)
       select $2, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'WAITING', '{}',
         gen_random_uuid(), 'bench', '00-00000000000000000000000000000001-0000000000000001-01', now(), now(),
         case n % 4 when 0 then now() + interval '1 day' else 'infinity' end, 1, 2
       from generate_series(1, $1) as n returning *
     )
     insert into agents.step (organization_id, id, run_id, path, step_id, kind, status, attempt, waits_for, due_at,
       event_name, event_key, effect_key, started_at)
     select organization_id, gen_random_uuid(), id, 'pause', 'pause', 'wait', 'WAITING', 1,
       (array['timer', 'approval', 'event', 'child'])[1 + (row_number() over () % 4)::int], nullif(due_at, 'infinity'),
       'bench', id::text, id::text, now()
     from parked`,
    [runs, organizationId],
  )

const services = await openOwnServices()
const client = new Client({ connectionString: services.postgres.url })
await client.connect()
await client.query(`select set_config('app.organization_id', $1, false)`, [organizationId])
const [backend] = (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows
const postmaster = processOf(backend?.pid ?? 0).parent
const worker = spawn(process.execPath, ['--import', 'tsx', 'worker/main.ts'], {
  env: { ...process.env, ...services.environment, WORKER_PORT: '0', LOG_LEVEL: 'info' },
  stdio: ['ignore', 'pipe', 'inherit'],
})
try {
  await new Promise<void>((resolve, reject) => {
    worker.once('exit', (code) => reject(new Error(`the worker ended with ${code}`)))
    worker.stdout.setEncoding('utf8').on('data', (text: string) => text.includes('"msg":"started"') && resolve())
  })
  const pid = worker.pid ?? 0
  await sleep(5_000)
  const none = await spentIn(pid, postmaster)
  await park(client)
  await client.query('vacuum analyze agents.run, agents.step')
  await sleep(8_000)
  const parked = await spentIn(pid, postmaster)
  const [untouched] = (
    await client.query<{ n: number }>(
      `select count(*)::int as n from agents.run where status = 'WAITING' and lease_epoch = 1`,
    )
  ).rows
  const cost = { worker: parked.worker - none.worker, postgres: parked.postgres - none.postgres }
  const line = (name: string, { worker: ours, postgres }: Spent) =>
    `${name.padEnd(20)}${ours.toFixed(2).padStart(10)}${postgres.toFixed(2).padStart(14)}\n`
  process.stdout.write(`${'% of a processor'.padEnd(20)}${'worker'.padStart(10)}${'PostgreSQL'.padStart(14)}\n`)
  process.stdout.write(line('no run', none) + line(`${runs} parked runs`, parked) + line('difference', cost))
  const kept = Math.max(cost.worker, cost.postgres) <= percentMax && untouched?.n === runs
  process.stdout.write(
    `${JSON.stringify({
      bench: 'parked-runs',
      runs,
      seconds,
      none,
      parked,
      cost,
      percentMax,
      untouched: untouched?.n,
      kept,
    })}\n`,
  )
  process.exitCode = kept ? 0 : 1
} finally {
  worker.removeAllListeners('exit')
  const ended = new Promise((resolve) => worker.once('exit', resolve))
  worker.kill('SIGTERM')
  await ended
  await client.end()
  await services.close()
}
