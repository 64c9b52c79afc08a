import { expect, test } from 'vitest'
import { IdempotencyKeyInUseError } from './idempotency.errors.ts'
import { Turns } from './turns.ts'

test('who has the same id comes one after the other, in the order of coming; others do not wait', async () => {
  const turns = new Turns(1_000)
  const done: string[] = []
  const first = Promise.withResolvers<void>()
  const all = [
    turns.take('a', () => first.promise.then(() => done.push('first'))),
    turns.take('a', async () => done.push('second')),
    turns.take('a', async () => done.push('third')),
    turns.take('b', async () => done.push('another')),
  ]
  await all[3]
  expect(done).toEqual(['another'])
  first.resolve()
  await Promise.all(all)
  expect(done).toEqual(['another', 'first', 'second', 'third'])
})

test('one that fails lets the next begin', async () => {
  const turns = new Turns(1_000)
  const failing = turns.take('a', () => Promise.reject(new Error('no')))
  const next = turns.take('a', async () => 'next')
  await expect(failing).rejects.toThrow('no')
  expect(await next).toBe('next')
})

test('who has waited too long is told so, and still nobody overtakes the one at work', async () => {
  const turns = new Turns(5)
  const first = Promise.withResolvers<string>()
  const working = turns.take('a', () => first.promise)
  await expect(turns.take('a', async () => 'overtaken')).rejects.toBeInstanceOf(IdempotencyKeyInUseError)
  await expect(turns.take('a', async () => 'overtaken')).rejects.toBeInstanceOf(IdempotencyKeyInUseError)
  first.resolve('done')
  expect(await working).toBe('done')
  expect(await turns.take('a', async () => 'after')).toBe('after')
})
