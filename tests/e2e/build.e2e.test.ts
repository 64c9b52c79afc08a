import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { findFreePort } from '../../scripts/local/free-port.ts'
import { builtRoot } from '../kit/build.ts'
import { openToySupergraph, type ToySupergraph } from '../kit/toy-supergraph.ts'
import { waitFor } from '../kit/wait-for.ts'

describe('the production build', () => {
  let toy: ToySupergraph
  beforeAll(async () => {
    toy = await openToySupergraph()
  })
  afterAll(() => toy?.close())

  const start = (module: string, env: Record<string, string> = {}): { child: ChildProcess; words: () => string } => {
    const child = spawn(process.execPath, ['--enable-source-maps', ...module.split(' ')], {
      // What this run was begun with, built of the sources as they are.
      cwd: builtRoot,
      env,
      stdio: 'pipe',
    })
    let words = ''
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (words += chunk))
    onTestFinished(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    })
    return { child, words: () => words }
  }

  it('serves the gateway with its playground, under its own version, and ends on SIGTERM', async () => {
    const [port, opsPort] = [await findFreePort(), await findFreePort()]
    const { child, words } = start('gateway/main.js', {
      PORT: String(port),
      OPS_PORT: String(opsPort),
      AUTH: 'off',
      PLAYGROUND: 'on',
      SHUTDOWN_DELAY_MS: '0',
      SUPERGRAPH_PATH: toy.path,
      SUBGRAPH_KEYS: Object.entries(toy.keys)
        .map(([name, key]) => `${name}=${key}`)
        .join(','),
    })
    const url = `http://127.0.0.1:${port}/api`
    const healthy = () => start('scripts/container/healthcheck.js', { PORT: String(port) }).child
    await waitFor('the health check passes', async () => (await once(healthy(), 'exit'))[0] === 0, 60_000)
    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ books { title author { name } } }"}',
    })
    expect(await answer.json()).toMatchObject({
      data: { books: expect.arrayContaining([{ title: 'Rivers', author: { name: 'Ada' } }]) },
    })
    const page = await fetch(`${url}/playground`)
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    const first = JSON.parse(words().split('\n')[0] ?? '')
    expect(first).toMatchObject({ service: 'gateway', version: expect.stringMatching(/^\d+\.\d+\.\d+$/) })
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  it('serves by a worker for each of two cores, and ends with all of them', async () => {
    const { child, words } = start('gateway/main.js', {
      PORT: '0',
      OPS_PORT: '0',
      AUTH: 'off',
      SUPERGRAPH_PATH: toy.path,
      GATEWAY_WORKERS: '2',
      SHUTDOWN_DELAY_MS: '0',
    })
    await waitFor('both workers and the primary', () => words().split('"started"').length === 4, 60_000)
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
    expect(words().split('"stopped"')).toHaveLength(4)
  })

  it('has the composed supergraph by default, which AUTH=off does not open', async () => {
    const { child, words } = start('gateway/main.js', { PORT: '0', OPS_PORT: '0', AUTH: 'off' })
    expect(await once(child, 'exit')).toEqual([1, null])
    expect(words()).toContain('access rules, which AUTH=off would not enforce')
  })

  it.each([
    'subgraphs/identity/main.js',
    'subgraphs/agents/main.js',
    'subgraphs/integrations/main.js',
    'subgraphs/audit/main.js',
    'worker/main.js',
    'scripts/migrate.js',
    'scripts/seed/seed.js',
    'scripts/keys/main.js list',
    'scripts/bootstrap/main.js',
  ])('finds every module of %s, which names what is not configured', async (module) => {
    const { child, words } = start(module)
    const [code] = await once(child, 'close')
    expect([code, words()]).toEqual([
      1,
      expect.stringMatching(/^The configuration has \d+ faults?:\n( {2}\w+ is not set\.\n)+$/),
    ])
  })

  it('has the packages that a process loads in a few files', async () => {
    const counting = `data:text/javascript,${encodeURIComponent(`
      import { registerHooks } from 'node:module'
      let files = 0
      registerHooks({ load: (url, context, next) => {
        if (/node_modules\\/(?!\\.cache\\/forgeops-build\\/(?!node_modules))/.test(url)) files += 1
        return next(url, context)
      } })
      process.on('exit', () => process.stdout.write('files of packages: ' + files))`)}`
    const { child, words } = start(`--import ${counting} worker/main.js`)
    await once(child, 'close')
    const files = Number(/files of packages: (\d+)/.exec(words())?.[1])
    expect(files).toBeGreaterThan(20)
    // Unbundled they are more than two thousand.
    expect(files).toBeLessThan(400)
  })
})
