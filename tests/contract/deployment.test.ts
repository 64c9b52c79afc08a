import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { programs } from '../../scripts/programs.ts'

const guide = readFileSync('docs/DEPLOYMENT.md', 'utf8')
const processes = programs.filter(({ name }) => name !== 'migrate')

test('the guide starts each process by its built module and names its ports with their defaults', () => {
  for (const { name, module, variables } of processes) {
    expect(existsSync(module)).toBe(true)
    const row = guide.split('\n').find((line) => line.startsWith(`| ${name} | \``)) ?? ''
    expect(row).toContain(`\`${module.replace(/\.ts$/, '.js')}\``)
    const ports = Object.keys(variables).filter((variable) => /^([A-Z]+_)?PORT$/.test(variable))
    for (const port of ports) expect(row).toContain(`\`${port}\` ${variables[port]?.safeParse(undefined).data}`)
  }
})

test('each secret is held by the processes that the guide says, and by no other', () => {
  const [head = '', , ...rows] = guide.slice(guide.indexOf('| Holds |')).split('\n\n', 1)[0]?.split('\n') ?? []
  const cells = (row: string) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim())
  const names = cells(head).slice(1)
  const holders = (secret: string) => {
    const row = rows.map(cells).find(([first]) => first === `\`${secret}\``) ?? []
    return names.filter((_name, index) => row[index + 1] !== '')
  }
  for (const secret of ['IDENTITY_SECRETS_KEY', 'WORKER_REQUEST_KEY', 'CONNECTION_SECRETS_KEY', 'REDIS_URL']) {
    const readers = processes.filter(({ variables }) => secret in variables).map(({ name }) => name)
    expect(holders(secret), secret).toEqual(names.filter((name) => readers.includes(name)))
  }
})

test('the first account lies where the guide looks for it', () => {
  const compose = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as {
    services: { seed: { volumes: string[] } }
  }
  expect(compose.services.seed.volumes).toContain('seed:/app/.forgeops')
  expect(readFileSync('Dockerfile', 'utf8')).toMatch(/^WORKDIR \/app$/m)
  expect(guide).toContain('seed .forgeops/owner.json')
})
