import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const commandList = /(```sh run\nmake help\n```\n\n```text same\n)(?:[\s\S]*?\n)??(```\n)/

/**
 * README.md with the list of commands that `make help` prints now.
 *
 * @throws Error when there is no make, or no place for the list
 */
export function readmePage(): string {
  const { status, stdout } = spawnSync('make', ['--no-print-directory', 'help'], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
  })
  const text = readFileSync('README.md', 'utf8')
  if (status !== 0 || !commandList.test(text)) throw new Error('README.md cannot get its list of commands.')
  return text.replace(commandList, (_all, open: string, close: string) => `${open}${stdout.trimEnd()}\n${close}`)
}
