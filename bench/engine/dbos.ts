import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { DBOSClient } from '@dbos-inc/dbos-sdk'
import { Client } from 'pg'
import type { Contender } from './contender.ts'

/** The yardstick: so many processes that work off DBOS's own queue. @param pollingMs how often they look at it */
export async function openDbos(systemDatabaseUrl: string, workers: number, pollingMs: number): Promise<Contender> {
  const processes: ChildProcess[] = []
  // One after the other: the first one makes its tables.
  for (let n = 0; n < workers; n += 1) {
    const each = fork(new URL('./dbos.process.ts', import.meta.url), [systemDatabaseUrl, String(pollingMs)], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    await once(each, 'message')
    processes.push(each)
  }
  const client = await DBOSClient.create({ systemDatabaseUrl })
  const look = new Client({ connectionString: systemDatabaseUrl })
  await look.connect()
  const spans = async (ids: readonly string[]) => {
    const { rows } = await look.query<{ began: string; ended: string; status: string }>(
      `select created_at as began, updated_at as ended, status from dbos.workflow_status
       where workflow_uuid = any($1::text[]) and status not in ('ENQUEUED', 'PENDING')`,
      [ids],
    )
    for (const { status } of rows) if (status !== 'SUCCESS') throw new Error(`A workflow came to ${status}.`)
    return rows.map(({ began, ended }) => [Number(began), Number(ended)] as const)
  }
  return {
    start: async (steps) => {
      const options = { workflowName: 'emptySteps', queueName: 'steps', appVersion: 'bench' }
      return (await client.enqueue(options, steps)).workflowID
    },
    span: async (id) => (await spans([id]))[0],
    spans,
    close: async () => {
      for (const each of processes) each.disconnect()
      await Promise.all(processes.map((each) => (each.exitCode === null ? once(each, 'exit') : undefined)))
      await client.destroy()
      await look.end()
    },
  }
}
