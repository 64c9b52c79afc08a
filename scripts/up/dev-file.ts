import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { readIfPresent, replaceFile } from '../local/atomic-file.ts'
import type { Environment } from '../local/environment.ts'

/** What `$FORGEOPS_HOME/dev.json` (0600) says while a house runs. */
export interface DevFile {
  readonly graphqlUrl: string
  readonly playgroundUrl: string
  readonly healthUrl: string
  readonly metricsUrl: string
  readonly email: string
  readonly password: string
  readonly pids: Readonly<Record<string, number>>
}

const pathIn = (home: string) => join(home, 'dev.json')

/** @param pids of everything that runs, by name */
export function writeDevFile(home: string, env: Environment, pids: Readonly<Record<string, number>>): DevFile {
  const base = (env.PUBLIC_URL ?? '').replace(/\/$/, '')
  const dev = {
    graphqlUrl: `${base}/graphql`,
    playgroundUrl: `${base}/playground`,
    healthUrl: `${base}/health`,
    metricsUrl: `http://localhost:${env.OPS_PORT}/metrics`,
    ...ownerAccount(home),
    pids,
  }
  replaceFile(pathIn(home), `${JSON.stringify(dev, undefined, 2)}\n`)
  return dev
}

export const removeDevFile = (home: string): void => rmSync(pathIn(home), { force: true })

/** The account that `seed` generated; it wrote it to `owner.json` (0600). */
function ownerAccount(home: string): { email: string; password: string } {
  const text = readIfPresent(join(home, 'owner.json'))
  if (text === undefined) throw new Error('seed wrote no owner.json')
  const { email, password } = JSON.parse(text) as { email: string; password: string }
  return { email, password }
}
