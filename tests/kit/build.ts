import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build } from '../../scripts/build.ts'
import { isTest, projectFiles } from './source-files.ts'

/** The rooms as JavaScript: processes that tests start come up in half the time, and are what production runs. */
export const builtRoot = resolve('node_modules/.cache/forgeops-build')

const built = /^(clients|contracts|platform|gateway|subgraphs|worker|scripts|package-lock\.json)\b/
const stamp = join(builtRoot, 'built-from.txt')

/** Builds what changed since the last time. */
export async function setup(): Promise<void> {
  const state = projectFiles()
    .filter((file) => built.test(file) && !isTest(file) && existsSync(file))
    .map((file) => `${file} ${statSync(file).mtimeMs}`)
    .join('\n')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === state) return
  await build(builtRoot, { check: false })
  writeFileSync(stamp, state)
}

/** The built module of one of ours. */
export const builtModule = (module: string): string => module.replace(/\.ts$/, '.js')
