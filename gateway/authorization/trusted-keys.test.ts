import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { jwtVerify } from 'jose'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLogger } from '#platform/log/logger'
import { type Edge, openEdge } from '../../tests/kit/edge.ts'
import { temporaryFolder } from '../../tests/kit/temporary-folder.ts'
import { openTokenIssuer, type TokenIssuer } from '../../tests/kit/token-issuer.ts'
import { openToySupergraph, type ToySupergraph } from '../../tests/kit/toy-supergraph.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'
import { KeyFile } from './key-file.ts'
import { TrustedKeys } from './trusted-keys.ts'

const publicUrl = 'https://api.example.com/api'
let toy: ToySupergraph
let issuer: TokenIssuer
const opened: { close(): Promise<unknown> }[] = []
beforeEach(async () => {
  toy = await openToySupergraph()
  issuer = await openTokenIssuer(publicUrl)
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()))
  await Promise.all([toy.close(), issuer.close()])
})

async function open(stateFolder: string): Promise<Edge> {
  const variables = { PUBLIC_URL: publicUrl, JWKS_URL: issuer.jwksUrl, GATEWAY_STATE_DIR: stateFolder }
  const edge = await openEdge(toy, variables)
  opened.push(edge)
  return edge
}
const statusOf = async (edge: Edge, token: string) => (await edge.query('{ shelf }', { token })).status

/** A gateway that has read its keys, and is gone. */
async function leftBehind(stateFolder: string) {
  const edge = await open(stateFolder)
  expect(await statusOf(edge, await issuer.token())).toBe(200)
  opened.splice(opened.indexOf(edge), 1)
  await edge.close()
}

test('a gateway that starts while the issuer is down checks tokens with the keys of its last life', async () => {
  const folder = join(temporaryFolder(), 'state')
  await leftBehind(folder)
  issuer.up = false
  const edge = await open(folder)
  expect(await statusOf(edge, await issuer.token())).toBe(200)
  expect(await statusOf(edge, await issuer.token({ header: { kid: 'unknown' } }))).toBe(401)
  expect((await fetch(`${edge.origin}/api/.well-known/jwks.json`)).status).toBe(200)

  issuer.up = true
  await issuer.rotate()
  await waitFor('the new key', async () => (await statusOf(edge, await issuer.token())) === 200)
})

test('a tampered file is no key: the gateway starts as if there were none', async () => {
  const folder = join(temporaryFolder(), 'state')
  await leftBehind(folder)
  const path = join(folder, 'token-keys')
  const other = await openTokenIssuer(publicUrl)
  opened.push(other)
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, text.replace(String(issuer.published[0]?.x), String(other.published[0]?.x)))
  issuer.up = false
  const edge = await open(folder)
  for (const one of [issuer, other]) expect(await statusOf(edge, await one.token())).toBe(503)
})

function trusting(refreshMs: number, folder?: string) {
  const log = createLogger({ service: 'test', version: '0', environment: 'test', level: 'silent' })
  const secrets = new Map([['identity', Buffer.alloc(32, 1)]])
  const file = folder === undefined ? null : new KeyFile({ folder, issuer: publicUrl, secrets, log })
  const keys = new TrustedKeys({ url: issuer.jwksUrl, log, refreshMs, file })
  opened.push(keys)
  return { keys, file }
}

test('a key withdrawn is trusted until the next reading at the longest, and gone from the disk then', async () => {
  const { keys, file } = trusting(50, temporaryFolder())
  await keys.start()
  const token = await issuer.token()
  await jwtVerify(token, keys.find)
  await issuer.rotate()
  issuer.published.shift()
  const left = ['key-1']
  await waitFor(
    'the key to be withdrawn',
    () => keys.published?.keys.every(({ kid }) => !left.includes(kid ?? '')),
    2_000,
  )
  await expect(jwtVerify(token, keys.find)).rejects.toThrow('no applicable key')
  await waitFor('the file to follow', async () => (await file?.load())?.keys.every(({ kid }) => kid === 'key-2'), 2_000)
})
