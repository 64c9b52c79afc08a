import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../tests/kit/temporary-folder.ts'
import { createFileOnce, readIfPresent, replaceFile } from './atomic-file.ts'

test('of several who create a file all get what the first one wrote', () => {
  const path = join(temporaryFolder(), 'secret')
  // The second one is inside the first one's window: it has looked, found nothing, and made its own text.
  const first = createFileOnce(path, () => {
    createFileOnce(path, () => 'second')
    return 'first'
  })
  expect(first).toBe('second')
  expect(createFileOnce(path, () => 'third')).toBe('second')
})

test('only its owner reads a file, and no draft stays', () => {
  const folder = temporaryFolder()
  createFileOnce(join(folder, 'a'), () => 'a')
  replaceFile(join(folder, 'b'), 'b')
  expect(readdirSync(folder).sort()).toEqual(['a', 'b'])
  for (const name of ['a', 'b']) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
})

test('a replaced file holds the new text whole', () => {
  const path = join(temporaryFolder(), 'file')
  replaceFile(path, 'a long first text')
  replaceFile(path, 'short')
  expect(readFileSync(path, 'utf8')).toBe('short')
})

test('a file that is not there reads as undefined', () => {
  expect(readIfPresent(join(temporaryFolder(), 'nothing'))).toBeUndefined()
})
