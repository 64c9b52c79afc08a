import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { buildSchema, getNamedType, isLeafType, isObjectType } from 'graphql'
import { afterAll, expect, inject, test } from 'vitest'
import { signRequest } from '#platform/caller/message-signature'
import {
  bearerToken,
  createConnectionMutation,
  httpInput,
  newMembers,
  openIntegrations,
  outboxOf,
  testConnectionMutation,
} from '../../tests/kit/connections.ts'
import { answerJson, openOutsideService } from '../../tests/kit/outside-service.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'

const started: ChildProcess[] = []
afterAll(async () => {
  for (const child of started.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
})

interface LogLine {
  readonly level: string
  readonly msg: string
  readonly urls?: readonly string[]
}

/** The subgraph as it runs in production: a process of its own, which logs all it can. */
async function start(variables: Record<string, string>) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'subgraphs/integrations/main.ts'], {
    env: { ...process.env, ...inject('environment'), LOG_LEVEL: 'trace', ...variables },
  })
  started.push(child)
  const output: string[] = []
  child.stdout.on('data', (chunk) => output.push(String(chunk)))
  child.stderr.on('data', (chunk) => output.push(String(chunk)))
  const lines = () =>
    output
      .join('')
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as LogLine)
  const url = await waitFor('the start of the subgraph', () => lines().find(({ urls }) => urls?.[0])?.urls?.[0])
  const key = Buffer.from(inject('environment').INTEGRATIONS_REQUEST_KEY ?? '', 'base64')
  return {
    child,
    lines,
    output: () => output.join(''),
    health: async () => (await fetch(`${url}/health`)).json(),
    async ask(caller: ReturnType<typeof newMembers>['owner'], query: string, values: object = {}) {
      const body = JSON.stringify({ query, variables: values })
      const signed = signRequest({ method: 'POST', path: '/graphql', body }, caller, 'integrations', key)
      const headers = { ...signed, 'content-type': 'application/json' }
      return (await fetch(`${url}/graphql`, { method: 'POST', headers, body })).text()
    },
  }
}

/** A selection of every field of a type, by the schema that clients see. */
function everyField(typeName: string): string {
  const sdl = readFileSync('subgraphs/integrations/schema.graphql', 'utf8')
  const schema = buildSchema(sdl, { assumeValidSDL: true })
  const select = (name: string, depth: number): string => {
    const type = schema.getType(name)
    if (!isObjectType(type) || depth > 3) return ''
    const fields = Object.values(type.getFields()).map((field) => {
      const inner = getNamedType(field.type)
      return isLeafType(inner) ? field.name : `${field.name} ${select(inner.name, depth + 1)}`
    })
    return `{ ${fields.join(' ')} }`
  }
  return select(typeName, 0)
}

test('a secret is in no field, no audit record, no event and no line of the log', async () => {
  const service = await openOutsideService((request, response) =>
    answerJson(response, request.url === '/fails' ? 401 : 200, { echo: request.headers }),
  )
  const house = await start({ EGRESS_ALLOW: service.hostAndPort })
  const { owner, organizationId } = newMembers()
  const answers: string[] = []
  for (const testPath of ['works', 'fails']) {
    const created = await house.ask(owner, createConnectionMutation, { input: httpInput(service.url, { testPath }) })
    const { id } = JSON.parse(created).data.createConnection
    answers.push(created, await house.ask(owner, testConnectionMutation, { id }))
  }
  const wrong = { ...httpInput(service.url), secrets: [{ field: 'bearerToken', value: `${bearerToken} \n` }] }
  answers.push(await house.ask(owner, createConnectionMutation, { input: wrong }))
  answers.push(await house.ask(owner, `{ connections { edges { node ${everyField('Connection')} } } }`))
  expect(service.received.map(({ headers }) => headers.authorization)).toEqual(Array(2).fill(`Bearer ${bearerToken}`))
  expect(answers.at(-1)).toContain('NEEDS_REAUTH')

  const reader = await openIntegrations()
  const events = await outboxOf(reader, organizationId)
  expect(events).toHaveLength(4)
  await reader.close()
  await service.close()
  house.child.kill('SIGTERM')
  await once(house.child, 'exit')
  expect(house.lines().some(({ msg }) => msg === 'a connection test failed')).toBe(true)
  const seen = [...answers, JSON.stringify(events), house.output()].join('\n')
  for (const form of [bearerToken, Buffer.from(bearerToken).toString('base64').slice(0, 24)])
    expect(seen).not.toContain(form)
})

test('without a key for secrets the process is up, and says so in one warning', async () => {
  const house = await start({ CONNECTION_SECRETS_KEY: '' })
  expect(await house.health()).toEqual({ status: 'UP' })
  const { owner } = newMembers()
  const input = { connector: 'forgeops', name: 'platform' }
  expect(JSON.parse(await house.ask(owner, createConnectionMutation, { input }))).toMatchObject({
    data: { createConnection: { status: 'ACTIVE' } },
  })
  expect(house.lines().filter(({ level }) => level === 'warn')).toMatchObject([
    { msg: 'CONNECTION_SECRETS_KEY is not set: connections that need a secret are inactive' },
  ])
})
