import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { SandboxReply, SandboxRequest } from './sandbox-message.ts'

// The process around the thread. It stays awake while an expression spins, so that it notices when the worker is gone.
const [libraryPath, memoryMbMax, outputBytesMax] = process.argv.slice(2)
const reply = (message: SandboxReply) => process.send?.(message)

const thread = new Worker(new URL(`./expression-thread${extname(import.meta.filename)}`, import.meta.url), {
  env: {},
  workerData: { libraryPath, outputBytesMax: Number(outputBytesMax) },
  resourceLimits: { maxOldGenerationSizeMb: Number(memoryMbMax), maxYoungGenerationSizeMb: 8, stackSizeMb: 4 },
})

// One text of 500 MB slips past the heap limit, which is looked at between allocations only: hence the second watch.
const WATCH_MS = 10
const RESIDENT_SLACK_MB = 64
let residentMax = Number.POSITIVE_INFINITY
let watch: NodeJS.Timeout | undefined
const lookAtMemory = () => {
  if (process.memoryUsage.rss() > residentMax) reply({ kind: 'out-of-memory' })
}

thread.once('message', () => {
  residentMax = process.memoryUsage.rss() + (Number(memoryMbMax) + RESIDENT_SLACK_MB) * 1024 * 1024
})
thread.on('message', (message: SandboxReply) => {
  clearInterval(watch)
  reply(message)
})
thread.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') reply({ kind: 'out-of-memory' })
  else process.exit(1)
})
process.on('message', (request: SandboxRequest) => {
  watch = setInterval(lookAtMemory, WATCH_MS)
  thread.postMessage(request)
})
process.on('disconnect', () => process.exit(0))
