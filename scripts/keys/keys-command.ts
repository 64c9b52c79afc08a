import { setTimeout as pause } from 'node:timers/promises'
import { ConfigError, type Environment } from '#platform/config/read-config'
import { SecretBox } from '#platform/crypto/secret-box'
import { openDatabase } from '#platform/db/database'
import { read } from '#platform/db/read'
import { DomainError } from '#platform/errors/domain-error'
import { createLogger } from '#platform/log/logger'
import { type SigningKeyCtx, systemCtx } from '../../subgraphs/identity/identity.context.ts'
import { identityDatabase } from '../../subgraphs/identity/orm.ts'
import { replaceSigningKeys } from '../../subgraphs/identity/signing-key/replace-signing-keys.ts'
import { revokeSigningKey } from '../../subgraphs/identity/signing-key/revoke-signing-key.ts'
import { rotateSigningKey } from '../../subgraphs/identity/signing-key/rotate-signing-key.ts'
import { SigningKey } from '../../subgraphs/identity/signing-key/signing-key.entity.ts'
import { SigningKeyTooNewError } from '../../subgraphs/identity/signing-key/signing-key.errors.ts'
import { publicationMs } from '../../subgraphs/identity/signing-key/signing-key.limits.ts'
import { keyLine } from './key-line.ts'
import { keysConfig } from './keys-environment.ts'

const usage = `Usage: npm run keys -- <command>   (with identity's variables; of a house that runs by make up, without)

  list             the keys that access tokens are signed with, by state
  rotate           let the next key sign and retire the active one; its tokens stay good until they end
  rotate --wait    the same, as soon as the next key is published long enough
  revoke <kid>     withdraw a key that others may have, at once, and with it every token that it signed
  replace          IDENTITY_SECRETS_KEY is lost: throw all keys away and make new ones; every access token ends

Every change is recorded in the trail of the system organization. The processes follow it by themselves.`

type Print = (line: string) => void
type Command = (ctx: () => SigningKeyCtx, print: Print, days: number) => Promise<void>

/**
 * Looks at the signing keys, or changes them: `npm run keys`.
 *
 * @param publishedMs how long a key must have been published before it signs, in milliseconds
 * @returns the exit code: 1 when it was refused, 2 when the command was not understood
 */
export async function keysCommand(
  args: readonly string[],
  environment: Environment,
  print: Print,
  publishedMs = publicationMs,
): Promise<number> {
  const command = commandOf(args, publishedMs)
  if (command === undefined) {
    print(usage)
    return args.length === 0 || args[0] === 'help' || args[0] === '--help' ? 0 : 2
  }
  try {
    const { databaseUrl, secretsKey, days } = keysConfig(environment)
    const db = await openDatabase(identityDatabase, { url: databaseUrl, poolMax: 2 })
    try {
      const box = new SecretBox([secretsKey])
      await command(() => systemCtx(db, log(), { box }), print, days)
    } finally {
      await db.orm.close()
    }
    return 0
  } catch (error) {
    print(wordsOf(error))
    return 1
  }
}

const log = () => createLogger({ service: 'keys', version: '0', environment: 'production', level: 'silent' })

function commandOf([name, ...rest]: readonly string[], publishedMs: number): Command | undefined {
  const [first] = rest
  if (name === 'list' && rest.length === 0) return list(publishedMs)
  if (name === 'rotate' && rest.length === 0) return rotate(publishedMs)
  if (name === 'rotate' && first === '--wait' && rest.length === 1) return rotateInTime(publishedMs)
  if (name === 'revoke' && first !== undefined && rest.length === 1) return revoke(first, publishedMs)
  if (name === 'replace' && rest.length === 0) return replace(publishedMs)
  return undefined
}

const list =
  (publishedMs: number): Command =>
  async (ctx, print, days) => {
    const keys = await read(ctx(), (em) => em.find(SigningKey, {}, { orderBy: { createdAt: 'desc' } }))
    if (keys.length === 0) print('There are no keys yet: identity makes them when it starts.')
    const order = ['active', 'next', 'retired']
    const sorted = keys.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state))
    for (const key of sorted) print(keyLine(key, { days, publishedMs }))
  }

const rotate =
  (publishedMs: number): Command =>
  async (ctx, print) => {
    const rotation = await rotateSigningKey(ctx(), { publishedMs })
    print(
      rotation === null
        ? 'There are no keys yet: identity makes them when it starts.'
        : `${rotation.active} signs from now on. ${rotation.retired} is retired: its tokens stay good until they end.`,
    )
  }

const rotateInTime =
  (publishedMs: number): Command =>
  async (ctx, print, days) => {
    try {
      await rotate(publishedMs)(ctx, print, days)
    } catch (error) {
      if (!(error instanceof SigningKeyTooNewError)) throw error
      print(`Waiting until ${error.dueAt.toISOString()}: then the next key is published long enough.`)
      await pause(error.dueAt.getTime() - Date.now() + 1)
      await rotateInTime(publishedMs)(ctx, print, days)
    }
  }

const revoke =
  (kid: string, publishedMs: number): Command =>
  async (ctx, print, days) => {
    await revokeSigningKey(ctx(), kid)
    print(`${kid} is withdrawn, and every token that it signed. These are left:`)
    await list(publishedMs)(ctx, print, days)
  }

const replace =
  (publishedMs: number): Command =>
  async (ctx, print, days) => {
    await replaceSigningKeys(ctx())
    print('All keys were thrown away, and every access token with them. Start identity anew. These were made:')
    await list(publishedMs)(ctx, print, days)
  }

function wordsOf(error: unknown): string {
  if (error instanceof ConfigError) return error.message
  if (!(error instanceof DomainError)) return `The database cannot be asked: ${(error as Error).message}`
  if (error.code === 'SIGNING_KEYS_UNREADABLE')
    return `${error.message} Set the right one; when it is lost: npm run keys -- replace.`
  if (error.code === 'SIGNING_KEY_TOO_NEW') return `${error.message} To wait for that: npm run keys -- rotate --wait.`
  return error.message
}
