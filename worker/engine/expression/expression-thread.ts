import { readFileSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { createRealmEvaluator } from './realm.ts'
import type { SandboxRequest } from './sandbox-message.ts'

// Runs in its own thread, by Node itself and without a transpiler: types that can be erased, nothing else.
const { libraryPath, outputBytesMax }: { libraryPath: string; outputBytesMax: number } = workerData
const evaluate = createRealmEvaluator(readFileSync(libraryPath, 'utf8'))

parentPort?.on('message', ({ expression, input }: SandboxRequest) => {
  parentPort?.postMessage(evaluate(expression, input, outputBytesMax))
})
parentPort?.postMessage({ kind: 'ready' })
