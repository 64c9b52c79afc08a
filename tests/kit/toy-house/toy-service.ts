import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'

// Answers every path; notes when it was asked to stop, and takes a moment over it, as a real process does.
const { TOY_PORT, PORT, FORGEOPS_HOME = '' } = process.env
const say = (msg: string) => process.stdout.write(`${JSON.stringify({ msg, names: Object.keys(process.env) })}\n`)
const server = createServer((_request, response) => response.end('{"status":"UP"}'))
server.listen(Number(TOY_PORT ?? PORT), '127.0.0.1', () => say('started'))
process.once('SIGTERM', () => {
  appendFileSync(join(FORGEOPS_HOME, 'stops'), `${process.pid} asked\n`)
  server.closeAllConnections()
  server.close()
  setTimeout(() => {
    appendFileSync(join(FORGEOPS_HOME, 'stops'), `${process.pid} done\n`)
    process.exit(0)
  }, 30)
})
