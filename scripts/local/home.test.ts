import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../../tests/kit/temporary-folder.ts'
import { claimHome, makeHome } from './home.ts'

const mode = (path: string) => statSync(path).mode & 0o777

test('a new home may be passed through but not listed, whatever the umask', () => {
  const before = process.umask(0o077)
  onTestFinished(() => void process.umask(before))
  const parent = temporaryFolder()
  const home = makeHome(join(parent, 'a/b'))
  expect([mode(home), mode(join(parent, 'a'))]).toEqual([0o711, 0o711])
})

test('a home that was there, and its parent, keep their modes', () => {
  const parent = temporaryFolder(0o700)
  const home = join(parent, 'home')
  mkdirSync(home)
  chmodSync(home, 0o750)
  makeHome(home)
  expect([mode(parent), mode(home)]).toEqual([0o700, 0o750])
})

test.each(['/sys/forgeops/home', '/dev/null/home'])(
  'a home that cannot be made (%s) is refused in one sentence that names the remedy',
  (path) => {
    expect(() => makeHome(path)).toThrow(/^Cannot write in .*set FORGEOPS_HOME to a folder that is\.$/)
  },
)

test('a second starter is refused while the first one lives, and not after it was killed', async () => {
  const home = temporaryFolder()
  const module = JSON.stringify(fileURLToPath(new URL('home.ts', import.meta.url)))
  const code = `const { claimHome } = await import(${module}); globalThis.claim = claimHome(${JSON.stringify(home)}); console.log('held'); setInterval(() => {}, 1000)`
  const first = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void first.kill('SIGKILL'))
  await once(first.stdout, 'data')
  expect(() => claimHome(home)).toThrow(/^ForgeOps runs from .* already: stop it/)
  first.kill('SIGKILL')
  await once(first, 'exit')
  claimHome(home).release()
})
