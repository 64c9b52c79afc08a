import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const makefile = readFileSync('Makefile', 'utf8')
const targets = [...makefile.matchAll(/^([a-z][\w-]*):/gm)].flatMap((match) => match[1] ?? [])
/** No command of its own: what each command that runs our code needs first. */
const prerequisite = 'dependencies'
const commands = targets.filter((target) => target !== prerequisite)

test('make and make help list every command with what it does', () => {
  for (const args of [[], ['help']]) {
    const { stdout, status } = spawnSync('make', ['--no-print-directory', ...args], { encoding: 'utf8' })
    const listed = [...stdout.matchAll(/^ {2}make ([\w-]+) +\S.*$/gm)].map((match) => match[1])
    expect([status, listed.toSorted()]).toEqual([0, commands.toSorted()])
  }
})

test('no target is taken for a file of the same name', () => {
  const phony = [...makefile.matchAll(/^\.PHONY: (.*)$/gm)].flatMap((match) => (match[1] ?? '').split(' '))
  expect(phony.toSorted()).toEqual(targets.toSorted())
})

test('every command that runs our code installs the dependencies first', () => {
  const without = commands.filter((target) => !new RegExp(`^${target}:.*\\b${prerequisite}\\b`, 'm').test(makefile))
  expect(without).toEqual(['help'])
})
