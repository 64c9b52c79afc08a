import { expect, test } from 'vitest'
import { committed, referencePages } from '../../scripts/write-reference.ts'

test('the committed reference pages are what the code says now', async () => {
  const stale = (await referencePages()).filter(({ file, text }) => committed(file) !== text).map(({ file }) => file)
  expect(stale, 'Run `npm run reference` and read the difference.').toEqual([])
})
