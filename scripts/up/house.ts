import { join } from 'node:path'
import { type Environment, environmentFor, shareOf } from '../local/environment.ts'
import { claimHome, makeHome } from '../local/home.ts'
import { endRecorded } from '../local/process-record.ts'
import { readOrCreateSecrets } from '../local/secrets.ts'
import { SetUpError } from '../local/set-up-error.ts'
import { type Keeper, startKeeper } from '../local/start-keeper.ts'
import { openDataServices } from './data-services.ts'
import { type DevFile, removeDevFile, writeDevFile } from './dev-file.ts'
import { type HousePlan, housePlan, type ProcessPlan } from './house-plan.ts'
import { housePorts } from './house-ports.ts'
import { Household } from './household.ts'
import type { LineSink } from './node-process.ts'
import { checkPort, checkRoom } from './preflight.ts'
import { runStep, settleAll } from './run-step.ts'
import { startService } from './service.ts'
import { supervise } from './supervise.ts'

export interface HouseOptions {
  /** The folder of everything generated (`FORGEOPS_HOME`); made when missing. */
  readonly home: string
  /** The edge's port; found free without. */
  readonly port?: number
  /** The metrics' port; found free without. */
  readonly opsPort?: number
  /** Variables that win over those made here; `DATABASE_URL` and `REDIS_URL` name services that run already. */
  readonly env?: Environment
  /** How many workers, 1 unless told. The second one is named `worker-2`. */
  readonly workers?: number
  readonly plan?: HousePlan
  /** For tests: the database is not flushed to the disk. */
  readonly throwaway?: boolean
  /** Takes what the processes write. */
  readonly onLine?: LineSink
  /** Takes what the launcher itself has to say, a line each. */
  readonly say?: (line: string) => void
  /** Gives the start up: what was started is stopped again, and the start rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

export interface House {
  /** As in `dev.json`. */
  readonly dev: DevFile
  /** The whole environment: that of `migrate` and `seed`, of which each process gets its share. */
  readonly env: Environment
  /** By name, as they are now: a process that was killed is started again under another id. */
  readonly pids: Readonly<Record<string, number>>
  /** Stops everything in order: gateway, workers, subgraphs, Redis, PostgreSQL. Resolves when nothing of it runs. */
  stop(): Promise<void>
}

/**
 * Starts the whole house and resolves when every process is ready. When that fails, what was started is stopped again.
 *
 * @throws SetUpError one sentence that names the remedy, when the machine or the command line is at fault
 */
export async function startHouse(options: HouseOptions): Promise<House> {
  const { plan = housePlan, onLine = () => undefined, say = () => undefined, signal } = options
  const home = makeHome(options.home)
  const claim = claimHome(home)
  const household = new Household()
  let keeper: Keeper | undefined
  let dev: DevFile | undefined
  const stop = async () => {
    dev = undefined
    removeDevFile(home)
    await household.stop()
    await keeper?.release()
    claim.release()
  }
  try {
    const left = await endRecorded(home)
    if (left.length > 0) say(`Ended what an earlier start had left running: ${left.join(', ')}.`)
    removeDevFile(home)
    const { ports, nextPort } = await checkMachine(home, options)
    keeper = startKeeper(home)

    let env: Environment = {}
    const onRestart = () => {
      if (dev !== undefined) dev = writeDevFile(home, env, household.pids)
    }
    const given = { databaseUrl: options.env?.DATABASE_URL, redisUrl: options.env?.REDIS_URL }
    const step = { home, root: plan.root, onLine, signal }
    const [urls] = await settleAll([
      openDataServices({ home, household, say, onRestart, given, throwaway: options.throwaway === true }),
      ...plan.preparations.map((preparation) => runStep(preparation, { ...step, env: {} })),
    ])
    signal?.throwIfAborted()
    const secrets = readOrCreateSecrets(home)
    const overrides = { GATEWAY_STATE_DIR: join(home, 'gateway'), ...options.env, FORGEOPS_HOME: home }
    env = environmentFor({ secrets, ports, ...urls, overrides })
    for (const one of plan.steps) await runStep(one, { ...step, env })

    for (const process of withWorkers(plan.processes, options.workers ?? 1)) {
      const port = Number(process.extra ? 0 : env[process.portVariable]) || (await nextPort())
      const share = { ...shareOf(env, process.role), [process.portVariable]: String(port) }
      const graceMs = Number(env.SHUTDOWN_DELAY_MS ?? 0) + Number(env.SHUTDOWN_GRACE_MS ?? 10_000) + 3_000
      const spec = { ...process, root: plan.root, env: share, home, graceMs, onLine, port, readyMs: 60_000 }
      const start = () => startService(spec)
      household.add(process.stage, await supervise({ name: process.name, start, say, onRestart }))
    }
    await household.ready(signal)
    dev = writeDevFile(home, env, household.pids)
    return houseOf(() => dev, env, household, stop)
  } catch (error) {
    await stop()
    throw error
  }
}

function houseOf(dev: () => DevFile | undefined, env: Environment, household: Household, stop: () => Promise<void>) {
  const first = dev() as DevFile
  let stopped: Promise<void> | undefined
  return {
    get dev() {
      return dev() ?? first
    },
    env,
    get pids() {
      return household.pids
    },
    stop: () => {
      stopped ??= stop()
      return stopped
    },
  }
}

/** The checks that need nothing running, before anything does. */
async function checkMachine(home: string, { port, opsPort }: HouseOptions) {
  checkRoom(home)
  if (port !== undefined && port === opsPort) {
    throw new SetUpError(`PORT and OPS_PORT are both ${port}: set one of them to another port.`)
  }
  if (port !== undefined) await checkPort('PORT', port)
  if (opsPort !== undefined) await checkPort('OPS_PORT', opsPort)
  return housePorts({ gateway: port, ops: opsPort })
}

type Placed = ProcessPlan & { readonly role: string; readonly extra: boolean }

function withWorkers(processes: readonly ProcessPlan[], workers: number): readonly Placed[] {
  return processes.flatMap((plan) => {
    const count = plan.name === 'worker' ? workers : 1
    return Array.from({ length: count }, (_, index) => ({
      ...plan,
      role: plan.name,
      name: index === 0 ? plan.name : `${plan.name}-${index + 1}`,
      extra: index > 0,
    }))
  })
}
