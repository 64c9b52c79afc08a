import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../tests/kit/temporary-folder.ts'

function run(script: string, env: Record<string, string> = {}, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--enable-source-maps', '--import', 'tsx', script, ...args],
    {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    },
  )
  return { status, words: `${stdout}${stderr}` }
}

test('the gate over HTTP routes passes and says how many there are', () => {
  expect(run('scripts/check-openapi.ts')).toEqual({
    status: 0,
    words: expect.stringMatching(/describes the gateway's \d+ routes/),
  })
})

test('the gate over the schema says what it compared with', () => {
  expect(run('scripts/check-schema.ts', { ALLOW_BREAKING: '1' })).toEqual({
    status: 0,
    words: expect.stringMatching(/^Breaking changes(:| since)/),
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
