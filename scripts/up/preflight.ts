import { statfsSync } from 'node:fs'
import { portState } from '../local/free-port.ts'
import { noSpace, SetUpError } from '../local/set-up-error.ts'

/** Room for a fresh database cluster with its write-ahead log, and for some use of it. */
const neededBytes = 256 * 1024 * 1024

/** @throws SetUpError when the disk of `home` has less than `bytes` left for this user */
export function checkRoom(home: string, bytes = neededBytes): void {
  const { bavail, bsize } = statfsSync(home)
  if (bavail * bsize < bytes) throw noSpace(home)
}

/**
 * Checks a port that a person chose or the default one.
 *
 * @param variable the name of the environment variable that sets it
 * @throws SetUpError when nothing of ours could listen there
 */
export async function checkPort(variable: string, port: number): Promise<void> {
  const state = await portState(port)
  const remedy = `choose another with ${variable}=<port> make up`
  if (state === 'taken') throw new SetUpError(`Port ${port} is taken: stop what listens there, or ${remedy}.`)
  if (state === 'forbidden') throw new SetUpError(`Port ${port} may be opened by root only: ${remedy}.`)
}

/** Reads a port from a variable's text. */
export function portFrom(variable: string, text: string | undefined, fallback: number): number {
  if (text === undefined || text === '') return fallback
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port > 0 && port <= 65_535) return port
  throw new SetUpError(`${variable} is ${JSON.stringify(text)}: set it to a port between 1 and 65535.`)
}
