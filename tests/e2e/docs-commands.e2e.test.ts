import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { observe } from '../../scripts/execution-log/activation.ts'
import { executionLog, sections } from '../../scripts/execution-log/page.ts'
import { currentState } from '../../scripts/execution-log/state.ts'
import { verification } from '../../scripts/execution-log/verification.ts'
import { programs } from '../../scripts/programs.ts'
import { logFile } from '../../scripts/write-execution-log.ts'
import { type Block, blocksOf, documents } from '../kit/document.ts'
import { type OpenHouse, openHouse } from '../kit/house.ts'

/** Commands that cannot run beside a house, and what proves each instead. */
const provenElsewhere: Readonly<Record<string, string>> = {
  'SUPERGRAPH_PATH=supergraph.graphql PORT=4000 AUTH=off npm run gateway': 'tests/e2e/gateway-alone.e2e.test.ts',
  'make up': 'tests/e2e/up.e2e.test.ts',
  'make test': '.ci/run',
  'npm run keys -- list': 'scripts/keys/keys-command.it.test.ts',
  'npm run keys -- rotate --wait': 'scripts/keys/keys-command.it.test.ts',
  'npm run keys -- revoke "$kid"': 'scripts/keys/keys-command.it.test.ts',
  'npm run keys -- replace': 'scripts/keys/keys-command.it.test.ts',
  'npm run factors:reset -- owner@example.com': 'scripts/factors/reset-factors.it.test.ts',
  'npm ci': 'scripts/up/dependencies.test.ts',
  'npm run env': 'tests/contract/env-example.test.ts',
  'npm run build': 'tests/e2e/build.e2e.test.ts',
  'npm start scripts/migrate.js': 'tests/e2e/build.e2e.test.ts',
  'npm start scripts/bootstrap/main.js': 'tests/e2e/build.e2e.test.ts',
  'docker compose exec identity node scripts/bootstrap/main.js': 'subgraphs/identity/bootstrap/bootstrap.it.test.ts',
  'npm start subgraphs/identity/main.js': 'tests/e2e/build.e2e.test.ts',
  'npm start subgraphs/agents/main.js': 'tests/e2e/build.e2e.test.ts',
  'npm start subgraphs/integrations/main.js': 'tests/e2e/build.e2e.test.ts',
  'npm start subgraphs/audit/main.js': 'tests/e2e/build.e2e.test.ts',
  'npm start worker/main.js': 'tests/e2e/build.e2e.test.ts',
  'npm start gateway/main.js': 'tests/e2e/build.e2e.test.ts',
  'docker compose up --build --detach': 'tests/contract/containers.test.ts',
  'docker compose run --rm seed': 'tests/contract/containers.test.ts',
  'docker compose run --rm --entrypoint cat seed .forgeops/owner.json': 'tests/contract/deployment.test.ts',
  "create role forgeops_owner login createrole password '…';": 'scripts/container/create-owner.sh',
  'create database forgeops owner forgeops_owner;': 'scripts/container/create-owner.sh',
}

const isCommands = ({ language }: Block) => ['sh', 'bash', 'shell', 'console', 'sql', ''].includes(language)
const place = ({ file, line }: Block) => `${file}:${line}`
const linesOf = ({ text }: Block) =>
  text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('#'))

const commands = documents().flatMap((file) => blocksOf(file).filter(isCommands))

test('every block of commands is marked as run here or explained', () => {
  const marks = ['sh run', 'sh explain', 'sql run', 'sql explain']
  const unmarked = commands.filter(({ language, marks: [mark] }) => !marks.includes(`${language} ${mark}`))
  expect(unmarked.map(place)).toEqual([])
})

test('a command that is only explained is one that something else proves, and nothing is listed in vain', () => {
  const explained = commands.filter(({ marks: [mark] }) => mark === 'explain').flatMap(linesOf)
  expect([...new Set(explained)].sort()).toEqual(Object.keys(provenElsewhere).sort())
  expect(Object.values(provenElsewhere).filter((file) => !existsSync(file))).toEqual([])
})

describe('against a running house', () => {
  let opened: OpenHouse
  beforeAll(async () => {
    opened = await openHouse({ env: { PLAYGROUND: 'on' } })
  })
  afterAll(() => opened?.close())

  const withRuns = documents().filter((file) => blocksOf(file).some(isShellRun))
  test.each(withRuns)(
    'the commands of %s work as they stand, one after the other, and answer what it says',
    async (file) => {
      const blocks = blocksOf(file)
      const session = blocks.filter(isShellRun)
      const answers = await runInOneShell(session, opened.home)
      for (const [index, block] of session.entries()) {
        const next = blocks[blocks.indexOf(block) + 1]
        const answer = answers[index] ?? ''
        const variable = block.marks[1]
        if (variable !== undefined)
          expect(schemaOf(variable)?.safeParse(answer.trim()).success, place(block)).toBe(true)
        if (next?.language === 'json') expect(JSON.parse(answer), place(block)).toEqual(JSON.parse(next.text))
        if (next?.language === 'text' && next.marks[0] === 'same')
          expect(answer.trim(), place(block)).toBe(next.text.trim())
        if (next?.language === 'text' && next.marks[0] === 'like')
          expect(like(answer), place(block)).toBe(like(next.text))
      }
    },
  )

  test('the execution log can be written of it, and the committed one has the same parts', async () => {
    const activation = await observe(opened.house, 1_000)
    expect(activation.agents.map(({ run }) => run)).not.toContain('FAILED')
    expect(activation.crossing.map(({ answered }) => answered).join()).not.toContain('undefined')
    const log = executionLog(activation, verification(), currentState())
    const headings = (text: string) => [...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)
    expect(headings(log)).toEqual([...sections])
    expect(headings(readFileSync(logFile, 'utf8'))).toEqual([...sections])
    expect(log).toContain('`security-digest` SUCCEEDED')
  })

  const statements = commands.filter(({ language, marks: [mark] }) => language === 'sql' && mark === 'run')
  test.each(statements.map((block) => [place(block), block] as const))(
    'the statement at %s runs as the role that the text names',
    async (_place, { text, marks }) => {
      const url = opened.house.env[marks[1] ?? '']
      expect(url, 'the block says which variable holds the URL').toBeDefined()
      const client = new Client({ connectionString: url })
      await client.connect()
      try {
        await client.query(text)
      } finally {
        await client.end()
      }
    },
  )
})

/** How the processes read a variable: what a block makes for it must be good. */
const schemaOf = (variable: string) => programs.flatMap(({ variables }) => variables[variable] ?? [])[0]

function isShellRun({ language, marks: [mark] }: Block): boolean {
  return language === 'sh' && mark === 'run'
}

/** Ids, durations and random endings differ from one run to the next; the rest must not. */
const like = (text: string) =>
  text
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g, '<id>')
    .replace(/(who-is-here)-\w+/g, '$1-<name>')
    .replace(/https?:\/\/localhost:\d+/g, '<origin>')
    .replace(/ +\d+ ms/g, ' <n> ms')
    .trim()

const border = '<<< the next block >>>'

/** What each block wrote on standard output, as one shell ran them all. @throws Error naming the block that failed */
async function runInOneShell(blocks: readonly Block[], home: string): Promise<readonly string[]> {
  const script = blocks.map(({ text }) => `${text}\nprintf '\\n%s\\n' '${border}'`).join('\n')
  const { PATH, HOME } = process.env
  const shell = spawn('sh', ['-eu', '-c', script], {
    env: { PATH, HOME, LC_ALL: 'C', FORGEOPS_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 110_000,
  })
  let [out, err] = ['', '']
  shell.stdout.on('data', (chunk) => {
    out += chunk
  })
  shell.stderr.on('data', (chunk) => {
    err += chunk
  })
  const [code] = await once(shell, 'close')
  const answers = out.split(`\n${border}\n`)
  const failed = blocks[answers.length - 1]
  if (code !== 0) throw new Error(`${failed === undefined ? '' : place(failed)} ended with ${code}: ${err || out}`)
  return answers
}
