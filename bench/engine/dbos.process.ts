import { DBOS } from '@dbos-inc/dbos-sdk'

// A worker of the yardstick: runs workflows of so many empty steps, each of them durable, from its own queue.
const [systemDatabaseUrl = '', pollingMs = '1000'] = process.argv.slice(2)

async function emptySteps(count: number): Promise<number> {
  for (let index = 0; index < count; index += 1) await DBOS.runStep(async () => index, { name: `step${index}` })
  return count
}

DBOS.setConfig({
  name: 'bench',
  systemDatabaseUrl,
  applicationVersion: 'bench',
  logLevel: 'error',
  runAdminServer: false,
})
DBOS.registerWorkflow(emptySteps, { name: 'emptySteps' })
await DBOS.launch()
await DBOS.registerQueue('steps', { minPollingIntervalMs: Number(pollingMs), onConflict: 'always_update' })
process.send?.('ready')
process.on('disconnect', () => process.exit(0))
