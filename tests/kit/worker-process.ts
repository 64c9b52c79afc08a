import { type ChildProcess, spawn } from 'node:child_process'
import { builtModule, builtRoot } from './build.ts'

/** A worker as a process of its own, which a test may kill. */
export const startWorker = (environment: Readonly<Record<string, string>>) =>
  startProcess('worker/main.ts', { ...environment, WORKER_PORT: '0' })

/** The same of any process of the house, by its `main.ts`. */
export async function startProcess(
  main: string,
  environment: Readonly<Record<string, string>>,
): Promise<ChildProcess & { readonly log: string[] }> {
  const child = spawn(process.execPath, [builtModule(main)], {
    cwd: builtRoot,
    env: { ...process.env, ...environment, LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const log: string[] = []
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${main} ended with ${code}: ${log.join('\n')}`)))
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      log.push(...text.trimEnd().split('\n'))
      if (text.includes('"msg":"started"')) resolve()
    })
  })
  return Object.assign(child, { log })
}

/** Ends a process and waits for it; gone already is fine. @returns its exit code, or the signal that killed it */
export async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<number | string | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? child.signalCode
  const ended = new Promise<number | string | null>((resolve) => child.once('exit', (code, by) => resolve(code ?? by)))
  child.kill(signal)
  return ended
}
