import { appendFileSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { inject } from 'vitest'
import type { TestProject } from 'vitest/node'
import { type LogLine, logLine, type OpenHouse, openHouse, type VisitedHouse, visitorOf } from './house.ts'
import { newTemporaryFolder } from './temporary-folder.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Starts the shared house when it is asked for the first time, and says how to find it. */
    sharedHouseUrl: string
  }
}

/** What everybody in the house may do: its limits have tests of their own. */
const env = {
  PLAYGROUND: 'on',
  RATE_LIMIT_PER_USER: 'off',
  RATE_LIMIT_PER_ADDRESS: 'off',
  RATE_LIMIT_PER_ORGANIZATION: 'off',
  OPERATION_LIMITS: 'aliases=none,rootFields=none,cost=none,listItems=none',
}

type Found = Pick<VisitedHouse, 'house' | 'home'> & { readonly linesFile: string }

/** One house for the files of a run that leave its processes alone; it starts when the first of them comes. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { folder, remove } = newTemporaryFolder()
  const linesFile = join(folder, 'lines.jsonl')
  const onLine = (process: string, text: string) => appendFileSync(linesFile, `${JSON.stringify([process, text])}\n`)
  let opened: Promise<OpenHouse> | undefined
  const server = createServer((_request, reply) => {
    opened ??= openHouse({ env, onLine })
    opened.then(
      ({ house: { dev, env, pids }, home }) =>
        reply.end(JSON.stringify({ house: { dev, env, pids }, home, linesFile } satisfies Found)),
      (error) => {
        // Who comes next may have more luck.
        opened = undefined
        reply.writeHead(500).end(String(error))
      },
    )
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  project.provide('sharedHouseUrl', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return async () => {
    server.close()
    const house = await opened?.catch(() => undefined)
    await house?.close()
    remove()
  }
}

/**
 * The house that the files of a run share: to be visited, not to be changed. Each file makes organizations of its own
 * (`newOwner`); the seeded owner, whom all share, only looks.
 *
 * @returns its `lines` begin now, and hold what others cause too
 */
export async function sharedHouse(): Promise<VisitedHouse> {
  const response = await fetch(inject('sharedHouseUrl'))
  if (!response.ok) throw new Error(await response.text())
  const { linesFile, ...found } = (await response.json()) as Found
  const read = (): LogLine[] =>
    readFileSync(linesFile, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => logLine(...(JSON.parse(line) as [string, string])))
  const before = read().length
  return {
    ...visitorOf(found),
    get lines() {
      return read().slice(before)
    },
  }
}
