import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openKeyHouse } from '../../tests/kit/signing-keys.ts'
import { temporaryFolder } from '../../tests/kit/temporary-folder.ts'
import { keysCommand } from './keys-command.ts'

let house: Awaited<ReturnType<typeof openKeyHouse>>
beforeAll(async () => {
  house = await openKeyHouse()
})
beforeEach(() => house.empty())
afterAll(() => house?.close())

async function run(args: string, environment: Record<string, string | undefined> = {}, publishedMs = 0) {
  const lines: string[] = []
  const given = args.split(' ').filter((arg) => arg !== '')
  const all = { ...house.own.environment, ...environment }
  const code = await keysCommand(given, all, (text) => lines.push(...text.split('\n')), publishedMs)
  return { code, lines, text: lines.join('\n') }
}
const started = async () => {
  const node = await house.node()
  await node.ring.start()
  return node
}
const kidIn = async (state: string) => (await house.rows()).find((row) => row.state === state)?.kid ?? 'none'

test('without a command, and with one that there is not, the help says what there is', async () => {
  expect(await run('')).toMatchObject({ code: 0 })
  for (const args of ['revoke', 'rotate now', 'list all', 'delete'])
    expect(await run(args), args).toMatchObject({ code: 2, text: (await run('help')).text })
  for (const command of ['list', 'rotate', 'revoke <kid>', 'replace']) expect((await run('')).text).toContain(command)
})

test('the list names each key with its state and when that ends, and nothing that is secret', async () => {
  expect((await run('list')).lines).toEqual(['There are no keys yet: identity makes them when it starts.'])
  await started()
  await run('rotate')
  const { code, lines, text } = await run('list')
  expect(code).toBe(0)
  const moment = '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\dZ'
  const shapes = [
    `^active   ${await kidIn('active')}  signs since ${moment}, until ${moment}$`,
    `^next     ${await kidIn('next')}  published since ${moment}, may sign from ${moment}$`,
    `^retired  ${await kidIn('retired')}  published until ${moment}, signs no more$`,
  ]
  expect(lines).toEqual(shapes.map((shape) => expect.stringMatching(shape)))
  for (const { private_sealed } of await house.rows()) expect(text).not.toContain(private_sealed ?? 'v1.')
})

test('a rotation is done once the next key is published long enough, and waits for that only when told to', async () => {
  await started()
  const next = await kidIn('next')
  const refused = await run('rotate', {}, 60_000)
  expect(refused.code).toBe(1)
  expect(refused.text).toMatch(/may not know it before .*Z\. To wait for that: npm run keys -- rotate --wait\.$/)
  const waited = await run('rotate --wait', {}, 500)
  expect(waited.lines.at(-1)).toContain(`${next} signs from now on.`)
  expect([waited.code, await kidIn('active')]).toEqual([0, next])
})

test('a revoked key is gone, and one that there is not is refused', async () => {
  await started()
  const active = await kidIn('active')
  const { code, lines } = await run(`revoke ${active}`)
  expect([code, lines.length]).toEqual([0, 3])
  expect(lines[0]).toBe(`${active} is withdrawn, and every token that it signed. These are left:`)
  expect(await run(`revoke ${active}`)).toMatchObject({ code: 1, text: 'No such signing key.' })
})

test('with another secrets key only throwing all keys away is possible, and the words say so', async () => {
  await started()
  const other = { IDENTITY_SECRETS_KEY: randomBytes(32).toString('base64') }
  expect((await run('rotate', other)).text).toBe(
    'The signing keys cannot be opened: they were sealed with another IDENTITY_SECRETS_KEY. Set the right one; when it is lost: npm run keys -- replace.',
  )
  expect(await run('replace', other)).toMatchObject({ code: 0 })
  expect(await run('rotate', other)).toMatchObject({ code: 0 })
})

test('of a house that make up made no variable is needed, and elsewhere each that is missing is named', async () => {
  await started()
  const { IDENTITY_DATABASE_URL = '', IDENTITY_SECRETS_KEY } = house.own.environment
  const unset = { IDENTITY_DATABASE_URL: undefined, IDENTITY_SECRETS_KEY: undefined, DATABASE_URL: undefined }
  const home = temporaryFolder()
  const lacking = await run('list', { ...unset, FORGEOPS_HOME: home })
  expect(lacking.code).toBe(1)
  for (const name of ['IDENTITY_DATABASE_URL', 'IDENTITY_SECRETS_KEY']) expect(lacking.text).toContain(`${name} is not`)

  const { port, password } = new URL(IDENTITY_DATABASE_URL)
  const secrets = { identitySecretsKey: IDENTITY_SECRETS_KEY, rolePasswords: { forgeops_identity: password } }
  writeFileSync(join(home, 'secrets.json'), JSON.stringify(secrets))
  writeFileSync(join(home, 'postgres.json'), JSON.stringify({ port }))
  expect(await run('rotate', { ...unset, FORGEOPS_HOME: home })).toMatchObject({ code: 0 })
})

test('a database that does not answer is said, without its password', async () => {
  const url = 'postgres://forgeops_identity:canary@127.0.0.1:9/forgeops'
  const { code, text } = await run('list', { IDENTITY_DATABASE_URL: url })
  expect([code, text.startsWith('The database cannot be asked: ')]).toEqual([1, true])
  expect(text).not.toContain('canary')
})
