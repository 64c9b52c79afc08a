import { resolve } from 'node:path'
import { SetUpError } from '../local/set-up-error.ts'
import { startHouse } from './house.ts'
import { type HousePlan, housePlan } from './house-plan.ts'
import { portFrom } from './preflight.ts'
import { openTerminal } from './terminal.ts'

// What a person may set for `make up` beside its own variables.
const passedOn = [
  'DATABASE_URL',
  'REDIS_URL',
  'LOG_LEVEL',
  'SHUTDOWN_DELAY_MS',
  'SHUTDOWN_GRACE_MS',
  'PUBLIC_URL',
  'AUTH',
  'PLAYGROUND',
  'TRUSTED_PROXIES',
  'EGRESS_ALLOW',
  'WEBAUTHN_ORIGINS',
  'MFA_REQUIRED_ROLES',
  'RUN_LEASE_MS',
  'SIGN_IN_PER_ADDRESS_MAX',
  'GATEWAY_WORKERS',
  'RATE_LIMIT_PER_ADDRESS',
  'RATE_LIMIT_PER_USER',
  'RATE_LIMIT_PER_ORGANIZATION',
]

/**
 * `make up`: starts the house in the foreground and keeps it until SIGINT, SIGTERM or SIGHUP.
 *
 * @returns the exit code: 0 when it was stopped, 1 when it could not start
 */
export async function up(environment: NodeJS.ProcessEnv, plan: HousePlan = housePlan): Promise<number> {
  const terminal = await openTerminal(process.stdout, process.stderr)
  const stopped = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopped.abort(signal))
  try {
    const house = await startHouse({
      home: resolve(environment.FORGEOPS_HOME || `${plan.root}/.forgeops`),
      port: portFrom('PORT', environment.PORT, 4_000),
      opsPort: portFrom('OPS_PORT', environment.OPS_PORT, 9_464),
      env: Object.fromEntries(passedOn.flatMap((name) => (environment[name] ? [[name, environment[name]]] : []))),
      plan,
      onLine: terminal.onLine,
      say: terminal.say,
      signal: stopped.signal,
    })
    await terminal.quiet()
    terminal.say(`ready ${house.dev.graphqlUrl}`)
    await aborted(stopped.signal)
    await house.stop()
    return 0
  } catch (error) {
    if (stopped.signal.aborted) return 0
    process.stderr.write(`${error instanceof SetUpError ? error.message : (error as Error).stack}\n`)
    return 1
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve())
  })
}
