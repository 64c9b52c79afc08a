import { spawn } from 'node:child_process'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../../tests/kit/temporary-folder.ts'
import { processOf } from './os-process.ts'
import { endRecorded, recordProcess, type Stage, stages, thisStarter } from './process-record.ts'

function start(home: string, name: string, stage: Stage): number {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' })
  onTestFinished(() => void child.kill('SIGKILL'))
  recordProcess(home, { name, pid: child.pid ?? 0, stage, signal: 'SIGTERM' })
  return child.pid ?? 0
}

test('what a home left running is ended, and nothing else', async () => {
  const home = temporaryFolder()
  const mine = [start(home, 'postgres', stages.postgres), start(home, 'gateway', stages.gateway)]
  const another = start(temporaryFolder(), 'gateway', stages.gateway)
  expect((await endRecorded(home)).toSorted()).toEqual(['gateway', 'postgres'])
  expect(mine.map(processOf)).toEqual([undefined, undefined])
  expect(processOf(another)).toBeDefined()
  expect(await endRecorded(home)).toEqual([])
})

test('one service is ended alone by its name', async () => {
  const home = temporaryFolder()
  const redis = start(home, 'redis', stages.redis)
  const postgres = start(home, 'postgres', stages.postgres)
  expect(await endRecorded(home, { name: 'redis' })).toEqual(['redis'])
  expect([processOf(redis), processOf(postgres) !== undefined]).toEqual([undefined, true])
})

test('what a later starter began is not ended in the name of an earlier one', async () => {
  const home = temporaryFolder()
  const pid = start(home, 'gateway', stages.gateway)
  expect(await endRecorded(home, { starter: '1@1' })).toEqual([])
  expect(processOf(pid)).toBeDefined()
  expect(await endRecorded(home, { starter: thisStarter() })).toEqual(['gateway'])
})
