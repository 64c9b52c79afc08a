import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { superuserUrl } from '../../scripts/local/postgres-server.ts'
import { type House, type HouseOptions, startHouse } from '../../scripts/up/house.ts'
import { type HousePlan, housePlan } from '../../scripts/up/house-plan.ts'
import { builtModule, builtRoot } from './build.ts'
import { ask, type EdgeAnswer } from './edge.ts'
import { newTemporaryFolder } from './temporary-folder.ts'

/** One line that a process of the house wrote, with its fields when it is JSON. */
export interface LogLine {
  readonly process: string
  readonly text: string
  readonly fields: Readonly<Record<string, unknown>>
}

export interface Asking {
  readonly variables?: Readonly<Record<string, unknown>>
  readonly token?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
}

export interface VisitedHouse {
  readonly house: Omit<House, 'stop'>
  readonly home: string
  /** Everything that the processes wrote since the start. */
  readonly lines: readonly LogLine[]
  /** Asks the one endpoint, as a client would. */
  ask(query: string, asking?: Asking): Promise<EdgeAnswer>
  /** The same, for what must succeed. @throws Error with the answer when it has errors */
  data<T>(query: string, asking?: Asking): Promise<T>
  /** Runs `work` in the house's database as the superuser, past every wall. */
  asSuperuser<T>(work: (client: Client) => Promise<T>): Promise<T>
}

export interface OpenHouse extends VisitedHouse {
  close(): Promise<void>
}

/** The house as it is, but built, and without the preparations that only a changed work tree needs. */
const builtPlan: HousePlan = {
  root: builtRoot,
  preparations: [],
  steps: housePlan.steps.map((step) => ({ ...step, entry: builtModule(step.entry) })),
  processes: housePlan.processes.map((process) => ({ ...process, entry: builtModule(process.entry) })),
}

/**
 * Starts the real house in a temporary home.
 *
 * @param env variables that win over the house's own
 */
export async function openHouse({ env = {}, onLine, ...options }: Partial<HouseOptions> = {}): Promise<OpenHouse> {
  const { folder: home, remove } = newTemporaryFolder()
  const lines: LogLine[] = []
  const start = () =>
    startHouse({
      home,
      throwaway: true,
      plan: builtPlan,
      // So that a test can be many clients in many places.
      env: { PLAYGROUND: 'off', TRUSTED_PROXIES: '127.0.0.1', ...env },
      onLine: (process, text, ...more) => {
        lines.push(logLine(process, text))
        onLine?.(process, text, ...more)
      },
      ...options,
    })
  const house = await start()
    .catch((error) => {
      // Between finding a port free and listening on it, another house may have taken it.
      if (!lines.some(({ text }) => text.includes('EADDRINUSE'))) throw error
      lines.length = 0
      return start()
    })
    .catch((error) => {
      remove()
      throw error
    })
  return {
    ...visitorOf({ house, home }),
    lines,
    close: async () => {
      await house.stop()
      remove()
    },
  }
}

/** What can be done in a house that runs, whoever started it. */
export function visitorOf({ house, home }: Pick<VisitedHouse, 'house' | 'home'>) {
  const asked: VisitedHouse['ask'] = (query, { variables, token, headers = {} } = {}) =>
    ask(house.dev.graphqlUrl, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      body: JSON.stringify({ query, variables }),
    })
  return {
    house,
    home,
    ask: asked,
    data: async <T>(query: string, asking?: Asking) => {
      const { body, text } = await asked(query, asking)
      if (body.errors !== undefined) throw new Error(`${query} was answered with ${text}`)
      return body.data as T
    },
    asSuperuser: async <T>(work: (client: Client) => Promise<T>) => {
      const { port, superuserPassword } = JSON.parse(readFileSync(join(home, 'postgres.json'), 'utf8'))
      const url = new URL(superuserUrl(port, superuserPassword))
      url.pathname = new URL(house.env.DATABASE_URL ?? '').pathname
      const client = new Client({ connectionString: url.href })
      await client.connect()
      try {
        return await work(client)
      } finally {
        await client.end()
      }
    },
  }
}

/** A line as a process wrote it. */
export const logLine = (process: string, text: string): LogLine => ({ process, text, fields: fieldsOf(text) })

function fieldsOf(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {}
  }
}
