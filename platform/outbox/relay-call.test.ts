import { expect, test } from 'vitest'
import { RelayCall } from './relay-call.ts'

function openCalls() {
  const calls: PromiseWithResolvers<void>[] = []
  const relay = new RelayCall(() => {
    const call = Promise.withResolvers<void>()
    calls.push(call)
    return call.promise
  })
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  return { calls, relay, settled }
}

test('what is called for while a call is under way goes with one more, and nothing is forgotten', async () => {
  const { calls, relay, settled } = openCalls()
  for (let n = 0; n < 50; n += 1) relay.now()
  expect(calls).toHaveLength(1)
  calls[0]?.resolve()
  await settled()
  expect(calls).toHaveLength(2)
  calls[1]?.resolve()
  await settled()
  expect(calls).toHaveLength(2)
  relay.now()
  expect(calls).toHaveLength(3)
})

test('a call that fails hurts nobody, and the next one is made', async () => {
  const { calls, relay, settled } = openCalls()
  relay.now()
  calls[0]?.reject(new Error('the database is away'))
  await settled()
  relay.now()
  expect(calls).toHaveLength(2)
})
