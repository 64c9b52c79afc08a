import { Client } from 'pg'
import { SecretBox } from '#platform/crypto/secret-box'
import { openDatabase } from '#platform/db/database'
import { createLogger } from '#platform/log/logger'
import { identityConfig } from '../../subgraphs/identity/config.ts'
import { type SigningKeyCtx, systemCtx } from '../../subgraphs/identity/identity.context.ts'
import { identityDatabase } from '../../subgraphs/identity/orm.ts'
import { KeyRing } from '../../subgraphs/identity/signing-key/key-ring.ts'
import { openOwnServices } from './own-services.ts'

/** A row of `identity.signing_key`, as the database has it. */
export interface KeyRow {
  readonly kid: string
  readonly state: string
  readonly public_proof: string
  readonly private_sealed: string | null
}

/** One identity node, as far as signing keys go: its own connections, its own ring. */
export interface KeyNode {
  readonly ring: KeyRing
  /** The first of its kind each time: every act has a request of its own. */
  readonly ctx: () => SigningKeyCtx
  readonly lines: readonly string[]
  close(): Promise<void>
}

/** A database of the test's own, for what changes the keys of a whole house. */
export async function openKeyHouse() {
  const own = await openOwnServices()
  const config = identityConfig({ ...own.environment })
  const owner = new Client({ connectionString: own.postgres.url })
  await owner.connect()
  const nodes: KeyNode[] = []
  return {
    own,
    config,
    owner,
    rows: async (): Promise<KeyRow[]> =>
      (await owner.query('select * from identity.signing_key order by created_at, state')).rows,
    /** What was recorded of keys, oldest first: `signing-key.rotated active retired next`. */
    records: async (): Promise<string[]> => {
      const { rows } = await owner.query(
        `select data from identity.outbox where data->>'action' like 'signing-key.%' order by sequence`,
      )
      return rows.map(({ data }) =>
        [data.action, ...data.targets.map((target: { name: string }) => target.name)].join(' '),
      )
    },
    /** @param secretsKey the house's own unless given */
    async node(secretsKey: Buffer = config.secretsKey, options: { staleMs?: number } = {}): Promise<KeyNode> {
      const lines: string[] = []
      const sink = { write: (line: string) => void lines.push(line) }
      const log = createLogger({ service: 'test', version: '0', environment: 'test', level: 'trace' }, sink)
      const db = await openDatabase(identityDatabase, { url: config.databaseUrl, poolMax: 3 })
      const ctx = () => systemCtx(db, log, { box: new SecretBox([secretsKey]) })
      const ring = new KeyRing(ctx(), options)
      const node = {
        ring,
        ctx,
        lines,
        close: async () => {
          await ring.close()
          await db.orm.close()
        },
      }
      nodes.push(node)
      return node
    },
    /** As before the first start; the nodes of the last test are closed. */
    async empty() {
      await Promise.all(nodes.splice(0).map((node) => node.close()))
      await owner.query('truncate identity.signing_key')
      // The outbox hides its rows from its owner too.
      await owner.query(`alter table identity.outbox disable row level security`)
      await owner.query('truncate identity.outbox')
    },
    async close() {
      await Promise.all(nodes.splice(0).map((node) => node.close()))
      await owner.end()
      await own.close()
    },
  }
}
