import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../tests/kit/temporary-folder.ts'
import { isCurrent } from './dependencies.mjs'

type Packages = Readonly<Record<string, { version?: string; optional?: boolean }>>

const wanted: Packages = {
  '': { version: '1.0.0' },
  'node_modules/a': { version: '1.2.3' },
  'node_modules/other-platform': { version: '1.0.0', optional: true },
}

/** @param installed npm's record of what is in node_modules; undefined for none */
function project(installed: Packages | undefined): string {
  const root = temporaryFolder()
  mkdirSync(join(root, 'node_modules'))
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: wanted }))
  if (installed !== undefined) {
    writeFileSync(join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages: installed }))
  }
  return root
}

test('what the lockfile names, less what is for other platforms, is current', () => {
  expect(isCurrent(project({ 'node_modules/a': { version: '1.2.3' } }))).toBe(true)
})

test.each<[string, Packages | undefined]>([
  ['an install that was interrupted', undefined],
  ['a missing package', {}],
  ['another version than the lockfile’s', { 'node_modules/a': { version: '1.2.4' } }],
  ['a package that the lockfile no longer names', { 'node_modules/a': { version: '1.2.3' }, 'node_modules/b': {} }],
])('%s is not current', (_what, installed) => {
  expect(isCurrent(project(installed))).toBe(false)
})
