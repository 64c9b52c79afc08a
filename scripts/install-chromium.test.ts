import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../tests/kit/temporary-folder.ts'
import { installChromium } from './install-chromium.ts'

/** A machine without a browser, whose apt-get does what `script` says in the folder of programs. */
function machine(script: string) {
  const folder = temporaryFolder(0o755)
  const path = join(folder, 'apt-get')
  writeFileSync(path, `#!/bin/sh\ncd ${folder}\necho "$*" >> calls\n${script}\n`)
  chmodSync(path, 0o755)
  const said: string[] = []
  return {
    said,
    install: (isRoot = true, more: Record<string, string> = {}) =>
      installChromium((line) => said.push(line), { PATH: `${folder}:/usr/sbin:/sbin`, ...more }, isRoot),
    calls: () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n'),
  }
}

const brings = 'printf "#!/bin/sh\\n" > chromium; /bin/chmod 755 chromium'

test('a browser that is missing is installed, and not a second time', () => {
  const { install, said, calls } = machine(brings)
  install()
  install()
  expect(said).toEqual(["Chromium is not installed: installing Debian's."])
  expect(calls()).toEqual(['-o DPkg::Lock::Timeout=120 -qq install -y --no-install-recommends chromium'])
})

test('the package lists are fetched when the first try fails', () => {
  const { install, calls } = machine(
    `case "$*" in *update*) : > lists ;; *) [ -e lists ] || exit 100; ${brings} ;; esac`,
  )
  install()
  expect(calls().map((call) => call.match(/install|update/)?.[0])).toEqual(['install', 'update', 'install'])
})

test('what could not be installed ends in a sentence that names the remedy', () => {
  expect(() => machine('exit 100').install()).toThrow(/^The browser tests need Chromium: run `apt-get install/)
})

test('who may not install, or named a browser of their own, is told the remedy at once', () => {
  const { install, said } = machine(brings)
  expect(() => install(false)).toThrow(/^The browser tests need Chromium/)
  expect(() => install(true, { CHROMIUM: '/no/such/browser' })).toThrow(/^CHROMIUM names \/no\/such\/browser/)
  expect(said).toEqual([])
})
