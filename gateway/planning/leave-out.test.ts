import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const leaveOut = new URL('./leave-out.ts', import.meta.url).href
const probe = `
  import { createRequire } from 'node:module'
  await import('${leaveOut}')
  const { ApolloGateway } = await import('@apollo/gateway')
  const reporters = Reflect.get(new ApolloGateway({ supergraphSdl: '' }), 'toDispose')
  const loaded = Object.keys(createRequire(import.meta.url).cache)
  process.stdout.write(JSON.stringify({ reporters, loaded }))`

it('the planner has nothing loaded that could tell its vendor anything, or ask a subgraph', async () => {
  const env = { APOLLO_TELEMETRY_DISABLED: 'true' }
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', probe], { env })
  const { reporters, loaded } = JSON.parse(stdout) as { reporters: unknown; loaded: readonly string[] }
  expect(reporters).toEqual([])
  expect(loaded.filter((file) => file.includes('/@apollo/gateway/')).length).toBeGreaterThan(5)
  expect(loaded.filter((file) => /sdk-metrics|resource-detector|exporter-|fetch-happen|node-fetch/.test(file))).toEqual(
    [],
  )
})
