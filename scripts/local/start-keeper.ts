import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { thisStarter } from './process-record.ts'

export interface Keeper {
  /** Lets it go, and resolves when it is gone. It ends what is still recorded. */
  release(): Promise<void>
}

/**
 * Starts a small process that outlives this one, even one killed with SIGKILL, just long enough to end what it had
 * started for `home`.
 *
 * @param then `remove` also removes the home: for tests
 */
export function startKeeper(home: string, then: 'keep' | 'remove' = 'keep'): Keeper {
  const script = fileURLToPath(new URL('keeper.ts', import.meta.url))
  const child = spawn(process.execPath, [script, home, thisStarter(), then], {
    cwd: '/',
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin' },
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  child.stdin.on('error', () => undefined)
  child.unref()
  ;(child.stdin as unknown as { unref(): void }).unref()
  return {
    release: () => {
      child.ref()
      child.stdin.end()
      return gone
    },
  }
}
