import { expect, test } from 'vitest'
import { z } from 'zod'
import { composeFaults } from './compose-faults.ts'
import { readCompose } from './compose-file.ts'

const around = {
  root: process.cwd(),
  programs: [
    {
      name: 'gateway',
      module: 'gateway/main.ts',
      variables: { KEY: z.string(), MODE: z.enum(['on', 'off']).default('on') },
    },
  ],
  environment: { KEY: 'k', MODE: '' },
  buildArguments: new Set(['BASE_IMAGE']),
}
const reference = (name: string, rest = '') => `$${'{'}${name}${rest}}`
const good = `
services:
  gateway:
    build: { context: ., args: { BASE_IMAGE: '${reference('BASE_IMAGE', ':-node:24')}' } }
    command: [gateway/main.js]
    environment: { KEY: '${reference('KEY', ':?set it')}', MODE: '${reference('MODE', ':-off')}' }
    healthcheck: { test: [CMD, node, scripts/container/healthcheck.js] }
    depends_on: { cache: { condition: service_healthy } }
    networks: [house]
    ports: ['4000:4000']
    volumes: ['data:/data', './scripts:/scripts:ro']
  cache:
    image: redis:8
    healthcheck: { test: [CMD, redis-cli, ping] }
networks: { house: {} }
volumes: { data: {} }
`
const faults = (text: string) => composeFaults(readCompose(text), around)

test('a file that names only what is there has no fault', () => {
  expect(faults(good)).toEqual([])
})

test.each([
  ['a service', good.replace('  cache:\n', '  cash:\n'), 'gateway names the service cache, which does not exist'],
  [
    'a network',
    good.replace('networks: [house]', 'networks: [home]'),
    'gateway names the network home, which does not exist',
  ],
  ['a volume', good.replace("'data:/data'", "'date:/data'"), 'gateway names the volume date, which does not exist'],
  ['a path', good.replace('./scripts:', './script:'), 'gateway names ./script, which does not exist'],
  [
    'a Dockerfile',
    good.replace('context: .', 'context: ., dockerfile: Dockerfiel'),
    'gateway names Dockerfiel, which does not exist',
  ],
  [
    'a program',
    good.replace('gateway/main.js', 'gateway/mian.js'),
    'gateway runs gateway/mian.js, which is none of our programs',
  ],
  [
    'a command',
    good.replace('command: [gateway/main.js]', ''),
    'gateway runs no command, which is none of our programs',
  ],
  [
    'a health check to wait for',
    good.replace('[CMD, redis-cli, ping]', '[]').replace('test: []', 'disable: true'),
    'gateway waits for the health of cache, which has no health check',
  ],
  [
    'a variable of the operator',
    good.replace(reference('KEY', ':?set it'), `${reference('KEY')}${reference('KYE')}`),
    'gateway takes KYE, which .env.example lacks',
  ],
  [
    'a build argument',
    good.replace('args: { BASE_IMAGE', 'args: { BASE'),
    'gateway gives the build BASE, which the Dockerfile does not take',
  ],
  [
    'a variable of the process',
    good.replace('{ KEY:', '{ TOKEN: x, KEY:'),
    'gateway sets TOKEN, which gateway does not read',
  ],
])('%s that is not there is named', (_what, text, fault) => {
  expect(faults(text)).toContain(`docker-compose.yml: ${fault}`)
})

test('what a process would refuse is told in its own words', () => {
  const text = good.replace(`KEY: '${reference('KEY', ':?set it')}', `, '').replace(reference('MODE', ':-off'), 'maybe')
  expect(faults(text)).toEqual([
    'docker-compose.yml: gateway would not start: KEY is not set.',
    expect.stringMatching(/^docker-compose\.yml: gateway would not start: MODE /),
  ])
})

test('only the gateway may publish a port, and every service has a health check', () => {
  const text = good
    .replace('image: redis:8', "image: redis:8\n    ports: ['6379:6379']")
    .replace('healthcheck: { test: [CMD, redis-cli, ping] }', '')
  expect(faults(text)).toEqual(
    expect.arrayContaining([
      'docker-compose.yml: cache publishes a port: only the gateway may',
      'docker-compose.yml: cache has no health check',
    ]),
  )
})
