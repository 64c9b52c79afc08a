import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A process of its own on one core. */
export class PinnedProcess {
  readonly #child: ChildProcess

  /** @param core -1 to leave it to the system */
  constructor(file: string, args: readonly string[], core: number, env: NodeJS.ProcessEnv = process.env) {
    const node = [process.execPath, '--import', 'tsx', fileURLToPath(new URL(file, import.meta.url)), ...args]
    const [program = '', ...rest] = core < 0 ? node : ['taskset', '-c', String(core), ...node]
    this.#child = spawn(program, rest, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env })
  }

  /** What it says next; rejects when it ends without a word. */
  said<T>(): Promise<T> {
    return new Promise((resolve, reject) => {
      const ended = (code: number | null) => reject(new Error(`A process of the benchmark ended with ${code}.`))
      this.#child.once('exit', ended)
      this.#child.once('message', (message) => {
        this.#child.off('exit', ended)
        resolve(message as T)
      })
    })
  }

  ask<T>(message: object): Promise<T> {
    const answer = this.said<T>()
    this.#child.send(message)
    return answer
  }

  /** Processor time of all its threads so far, in milliseconds (proc(5): utime and stime, 100 ticks a second). */
  get cpuMs(): number {
    const fields = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) * 10
  }

  /** Resident memory in megabytes. */
  get residentMb(): number {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.#child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  }

  end(): Promise<void> {
    return new Promise((resolve) => {
      this.#child.removeAllListeners('exit')
      this.#child.once('exit', () => resolve())
      this.#child.kill('SIGKILL')
    })
  }
}
