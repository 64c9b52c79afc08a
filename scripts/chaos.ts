import { wreakHavoc } from '../tests/chaos/wreak-havoc.ts'
import { setup as build } from '../tests/kit/build.ts'

const say = (line: string) => void process.stdout.write(`${line}\n`)
const numberOf = (name: string, otherwise: number) => Number(process.env[name] ?? otherwise)

const seed = numberOf('CHAOS_SEED', Math.floor(Math.random() * 1e9))
say(`CHAOS_SEED=${seed}`)
await build()
const { faults, ...outcome } = await wreakHavoc({
  ...{ seed, kills: numberOf('CHAOS_KILLS', 1_000), workers: 4, runsAtOnce: numberOf('CHAOS_RUNS', 200) },
  ...{ lifeMsMax: 1_200, drainMs: 120_000, say },
})
for (const fault of faults.slice(0, 20)) say(fault)
say(JSON.stringify({ ...outcome, faults: faults.length }))
process.exitCode = faults.length === 0 && outcome.kills > 0 ? 0 : 1
