import { expect, test } from 'vitest'
import { containerFaults } from '../../scripts/docker-check.ts'

test('the Dockerfile and the compose file name nothing that is not there, and every process would start', async () => {
  expect(await containerFaults(process.cwd())).toEqual([])
})
