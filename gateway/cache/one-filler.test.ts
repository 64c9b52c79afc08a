import { expect, test } from 'vitest'
import { OneFiller } from './one-filler.ts'

test('what one fills all others find, who asked meanwhile', async () => {
  const filler = new OneFiller()
  let [asked, kept]: [number, string | null] = [0, null]
  const ask = () =>
    filler.run(
      'key',
      () => kept,
      async () => {
        asked += 1
        await Promise.resolve()
        kept = 'answer'
        return kept
      },
    )
  expect(await Promise.all([ask(), ask(), ask()])).toEqual(['answer', 'answer', 'answer'])
  expect(asked).toBe(1)
})

test('where nothing came of the first, all others ask at once, and none waits for another', async () => {
  const filler = new OneFiller()
  const asking: PromiseWithResolvers<string>[] = []
  const ask = () =>
    filler.run(
      'key',
      () => null,
      () => {
        const one = Promise.withResolvers<string>()
        asking.push(one)
        return one.promise
      },
    )
  const answers = Promise.all([ask(), ask(), ask(), ask()])
  expect(asking).toHaveLength(1)
  asking[0]?.resolve('not kept')
  await expect.poll(() => asking.length).toBe(4)
  for (const one of asking) one.resolve('not kept')
  expect(await answers).toHaveLength(4)
})
