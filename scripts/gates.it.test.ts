import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, inject, test } from 'vitest'
import { temporaryFolder } from '../tests/kit/temporary-folder.ts'
import { gates } from './ci.ts'

function run(script: string, env: Record<string, string> = {}, args: readonly string[] = [], cwd = '.') {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--enable-source-maps', '--import', import.meta.resolve('tsx'), resolve(script), ...args],
    { encoding: 'utf8', cwd, env: { ...process.env, ...env } },
  )
  return { status, words: `${stdout}${stderr}` }
}

test.each(['scripts/emit-schemas.ts', 'scripts/compose-supergraph.ts'])(
  'what %s would write is committed',
  (script) => {
    expect(run(script, {}, ['--check'])).toEqual({ status: 0, words: expect.not.stringContaining('Wrote') })
  },
)

test('a migrated database lacks nothing that a migration would have to bring', () => {
  const env = { DATABASE_URL: inject('databaseUrl') }
  expect(run('scripts/create-migration.ts', env, ['agents', 'add-nothing'])).toEqual({
    status: 0,
    words: 'The database already matches the entities.\n',
  })
  expect(run('scripts/create-migration.ts', env, ['no-such-subgraph'])).toEqual({
    status: 1,
    words: expect.stringMatching(/^Usage: npm run migration:create/),
  })
})

test('every gate is run also after one failed, and the run fails', () => {
  const tools = temporaryFolder(0o755)
  writeFileSync(join(tools, 'make'), '#!/bin/sh\n[ "$2" != typecheck ]\n')
  chmodSync(join(tools, 'make'), 0o755)
  const { status, words } = run('scripts/ci.ts', { PATH: `${tools}:${process.env.PATH}` }, [], tools)
  expect(status).toBe(1)
  expect(words.match(/^ {2}[\w-]+ +(passed|FAILED)/gm)?.map((line) => line.trim().split(/ +/))).toEqual(
    gates.map((gate) => [gate, gate === 'typecheck' ? 'FAILED' : 'passed']),
  )
})

test('the coverage baseline is raised to what was reached, and never lowered', () => {
  const folder = temporaryFolder()
  expect(run('scripts/coverage/raise.ts', {}, [], folder).status).toBe(1)
  mkdirSync(join(folder, 'coverage'))
  const reach = (lines: number, branches: number) => {
    writeFileSync(join(folder, 'coverage/reached.json'), JSON.stringify({ lines, branches }))
    const { status } = run('scripts/coverage/raise.ts', {}, [], folder)
    return { status, ...JSON.parse(readFileSync(join(folder, 'coverage-baseline.json'), 'utf8')) }
  }
  expect(reach(90, 80)).toEqual({ status: 0, lines: 90, branches: 80 })
  expect(reach(91, 70)).toEqual({ status: 0, lines: 91, branches: 80 })
})

test('the gate over HTTP routes passes and says how many there are', () => {
  expect(run('scripts/check-openapi.ts')).toEqual({
    status: 0,
    words: expect.stringMatching(/describes the gateway's \d+ routes/),
  })
})

test('the gate over the schema says what it compared with', () => {
  expect(run('scripts/check-schema.ts', { ALLOW_BREAKING: '1' })).toEqual({
    status: 0,
    words: expect.stringMatching(/^(Breaking changes since|Nothing to compare with)/m),
  })
})

test('the gate over the schema fails when it is asked to compare with what does not exist', () => {
  expect(run('scripts/check-schema.ts', { SCHEMA_BASE: 'no-such-branch' })).toEqual({
    status: 1,
    words: 'SCHEMA_BASE is no-such-branch, where git has no gateway/supergraph.graphql.\n',
  })
})

test('the audit never calls advisories clean that it could not ask for', () => {
  // A registry address at which nothing listens.
  const { status, words } = run('scripts/security-audit.ts', { npm_config_registry: 'http://127.0.0.1:9/' })
  expect([status, words]).toEqual([0, expect.stringMatching(/^Known vulnerabilities: NOT RUN: /)])
  expect(words).toMatch(/Secrets in tracked files: none\./)
  expect(words).toMatch(/@apollo\/gateway is under Elastic-2\.0/)
})

test('the gate over containers says why nothing was built', () => {
  const empty = temporaryFolder()
  expect(run('scripts/docker-check.ts', { PATH: empty })).toEqual({
    status: 0,
    words: expect.stringMatching(/name nothing that is not there\.\nNOT BUILT: neither a docker daemon nor buildah/),
  })
})
