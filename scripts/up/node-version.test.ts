import { expect, test } from 'vitest'
import { nodeFault } from './node-version.ts'

test('this run has the Node that the lockfile names', () => {
  expect(process.versions.node).toMatch(/^24\./)
})

test.each(['22.19.0', '24.21.0', '26.0.0'])('Node %s will do', (version) => {
  expect(nodeFault(version)).toBeUndefined()
})

test.each(['18.20.4', '20.19.5', '22.18.0'])('Node %s is refused in one sentence that names the remedy', (version) => {
  expect(nodeFault(version)).toMatch(/^Node \S+ is too old: ForgeOps needs 22\.19 or later.*npm ci.*\.$/)
})
