import { spawnSync } from 'node:child_process'
import { findPromtool } from '../../scripts/local/promtool.ts'

/**
 * Runs Prometheus' own checker.
 *
 * @returns what it has to say, nothing when all is well; null, and a line that says so, when the checker cannot be got:
 *   the rules that it would have checked are then held by our own tests only
 */
export function promtool(args: readonly string[], input = ''): string | null {
  const program = findPromtool(process.env.PATH ?? '')
  if (program === null) {
    process.stderr.write(`NOT RUN: promtool ${args.join(' ')}: it is not here, and Debian's could not be got.\n`)
    return null
  }
  const done = spawnSync(program, args, { input, encoding: 'utf8', timeout: 60_000 })
  return done.status === 0 && done.stderr === '' ? '' : `exit ${done.status}\n${done.stdout}${done.stderr}`
}
