import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { endProcess, isRunning, type OsProcess, processOf, signalProcess, waitForEnd } from './os-process.ts'

async function sleeper(before = ''): Promise<OsProcess> {
  const script = `${before} echo ready; while :; do sleep 0.05; done`
  const child = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  const found = processOf(child.pid ?? 0)
  if (found === undefined) throw new Error('the process did not start')
  return found
}

test('a process that was given the id of an ended one is not taken for it', async () => {
  const alive = await sleeper()
  const earlier = { ...alive, startedAt: '1' }
  expect(isRunning(earlier)).toBe(false)
  signalProcess(earlier, 'SIGKILL')
  expect(isRunning(alive)).toBe(true)
})

test('a process that ends when asked is not killed', async () => {
  const target = await sleeper()
  await endProcess(target, 'SIGTERM', 5_000)
  expect(isRunning(target)).toBe(false)
})

test('a process that ignores the asking is killed after its grace', async () => {
  const target = await sleeper('trap "" TERM;')
  signalProcess(target, 'SIGTERM')
  expect(await waitForEnd(target, 100)).toBe(false)
  await endProcess(target, 'SIGTERM', 50)
  expect(isRunning(target)).toBe(false)
})

test('an id that no process has is no process', () => {
  expect(processOf(2 ** 22 + 1)).toBeUndefined()
})
