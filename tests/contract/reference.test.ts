import { expect, test } from 'vitest'
import { variablesByProcess } from '../../scripts/reference/config-page.ts'
import { configWords } from '../../scripts/reference/config-words.ts'
import { committed, referencePages } from '../../scripts/write-reference.ts'

test('the committed reference pages are what the code says now', async () => {
  const stale = (await referencePages()).filter(({ file, text }) => committed(file) !== text).map(({ file }) => file)
  expect(stale, 'Run `npm run reference` and read the difference.').toEqual([])
})

test('the words about variables speak of variables that somebody reads', () => {
  const read = new Set([...Object.values(variablesByProcess).flatMap(Object.keys), 'FORGEOPS_HOME'])
  expect(Object.keys(configWords).filter((name) => !read.has(name))).toEqual([])
})
