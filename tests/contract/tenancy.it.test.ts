import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { applicationRole } from '#platform/db/database'
import { type SchemaName, schemas } from '#platform/db/schemas'
import { newId } from '#platform/id'
import { fillRow, type Table, tablesOf } from '../kit/catalogue.ts'

/** The tables that belong to no organization, each with its reason. Whoever adds one explains it here. */
const withoutOrganization: Record<string, string> = {
  'identity.user': 'a person is global and joins organizations by membership; queries go through the membership',
  'identity.password_credential': 'belongs to the person; no field of the API leads to it',
  'identity.challenge': 'a sign-in that waits for a proof: until it is finished the person is in no organization',
  'identity.totp': 'belongs to the person, whose factor it is in every organization; only a sealed secret is kept',
  'identity.recovery_code': 'belongs to the person; only hashes are kept',
  'identity.passkey': 'belongs to the person; queries ask for the caller’s own only',
  'identity.attempt_bucket':
    'keyed hashes of accounts and addresses: a sign-in is counted before it has an organization',
  'identity.password_reset': 'belongs to the person; one for each, found by the token alone',
  'identity.mail': 'sealed letters on their way; whoever sends them must not be told for whom they are',
  'identity.bootstrap_token': 'comes before there is any organization; holds one hash',
  'identity.revocation': 'opaque ids of ended sessions and changed rights, for the gateways; holds nothing of a tenant',
  'identity.signing_key': 'signs for every organization; private halves lie there sealed',
  ...Object.fromEntries(
    schemas.map((schema) => [`${schema}.used_nonce`, 'random numbers of the gateway’s own signatures, for minutes']),
  ),
  'identity.organization': 'is the tenant: its own policy compares its id with the setting',
  ...Object.fromEntries(schemas.map((schema) => [`${schema}.migrations`, 'the owner’s record of what was migrated'])),
}
/** What the roles that see rows of every organization may touch. */
const acrossTenants: Record<string, readonly string[]> = {
  forgeops_relay: schemas.flatMap((schema) =>
    ['DELETE', 'SELECT', 'UPDATE'].map((right) => `${right} ${schema}.outbox`),
  ),
  forgeops_sweep: [
    ...['id', 'due_at', 'organization_id', 'status', 'lease_owner', 'lease_epoch', 'cancel_requested_at'].map(
      (column) => `SELECT agents.run.${column}`,
    ),
    ...['held_by', 'queued_at', 'owners_lost'].map((column) => `SELECT agents.run.${column}`),
    'UPDATE agents.run.due_at',
    ...['id', 'due_at', 'organization_id', 'paused'].map((column) => `SELECT agents.schedule.${column}`),
    ...['id', 'organization_id'].map((column) => `SELECT agents.dead_letter.${column}`),
    ...schemas.flatMap((schema) => [
      `DELETE ${schema}.kept_answer`,
      ...['expires_at', 'id', 'organization_id'].map((column) => `SELECT ${schema}.kept_answer.${column}`),
    ]),
  ],
}
/** What is due in all organizations, in one order. */
const ofTheSweep = ['agents.run run_due', 'agents.run run_often_lost', 'agents.schedule schedule_due']
const own = (column: string) =>
  `(${column} = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid)`
const roles = [...schemas.map(applicationRole), ...Object.keys(acrossTenants)]

const environment = inject('environment') as Record<string, string>
const asOwner = new Client({ connectionString: inject('databaseUrl') })
let tables: Table[]
beforeAll(async () => {
  await asOwner.connect()
  tables = await tablesOf(asOwner, schemas)
})
afterAll(() => asOwner.end())

const faults = (wrong: (table: Table) => boolean) => tables.filter(wrong).map((table) => table.name)
const ofTenants = () => tables.filter((table) => table.organizationColumn !== undefined)
const rows = async (sql: string, values: unknown[] = []) => (await asOwner.query(sql, values)).rows

describe('tables', () => {
  test('every schema has some', () => {
    expect([...new Set(tables.map((table) => table.schema))].sort()).toEqual([...schemas].sort())
  })

  test('a table has an organization, or stands on the list of those that have none', () => {
    expect(faults((table) => table.organizationColumn === undefined)).toEqual(Object.keys(withoutOrganization).sort())
  })

  test('no row of a tenant table is without its organization', () => {
    expect(faults((table) => table.organizationColumn === 'nullable')).toEqual([])
  })

  test('row-level security is on and forced, also against the owner', () => {
    const open = faults((table) => !table.rowSecurity || !table.rowSecurityForced)
    expect(open.filter((name) => name !== 'identity.organization')).toEqual(
      Object.keys(withoutOrganization)
        .filter((name) => name !== 'identity.organization')
        .sort(),
    )
  })

  test('every index of a tenant table leads with the organization, but for those that only the sweep reads by', () => {
    const indexes = ofTenants().flatMap((table) => table.indexes.map((index) => ({ ...index, table: table.name })))
    expect(indexes.length).toBeGreaterThan(ofTenants().length)
    const others = indexes.filter((index) => index.columns[0] !== 'organization_id')
    expect(others.map(({ table, name }) => `${table} ${name}`).sort()).toEqual(ofTheSweep)
  })

  test('the only policy for all roles compares the organization with the setting of the transaction', () => {
    const policies = tables.flatMap((table) => table.policies.map((policy) => ({ ...policy, table })))
    for (const { table, ...policy } of policies.filter((each) => each.roles.includes('public'))) {
      const column = table.name === 'identity.organization' ? 'id' : 'organization_id'
      expect(policy, table.name).toEqual({
        name: 'tenant',
        permissive: true,
        command: 'ALL',
        roles: ['public'],
        using: own(column),
        check: own(column),
      })
    }
    const special = policies.filter((each) => !each.roles.includes('public'))
    expect(special.map(({ roles: [role], table }) => `${role} ${table.name}`).sort()).toEqual(
      [
        ...schemas.flatMap((schema) => [`forgeops_relay ${schema}.outbox`, `forgeops_sweep ${schema}.kept_answer`]),
        'forgeops_agents agents.dead_letter',
        'forgeops_sweep agents.dead_letter',
        'forgeops_sweep agents.run',
        'forgeops_sweep agents.schedule',
      ].sort(),
    )
    const guarded = tables.filter((table) => table.policies.some((policy) => policy.name === 'tenant'))
    expect(guarded.map((table) => table.name).sort()).toEqual(
      [...ofTenants().map((table) => table.name), 'identity.organization'].sort(),
    )
  })
})

describe('roles', () => {
  test('own nothing, and stand above no wall', async () => {
    const owned = await rows(
      `select relname as what from pg_class c join pg_roles r on r.oid = c.relowner where r.rolname = any($1)
       union all select nspname from pg_namespace n join pg_roles r on r.oid = n.nspowner where r.rolname = any($1)
       union all select proname from pg_proc p join pg_roles r on r.oid = p.proowner where r.rolname = any($1)
       union all select datname from pg_database d join pg_roles r on r.oid = d.datdba where r.rolname = any($1)`,
      [roles],
    )
    expect(owned).toEqual([])
    const standing = await rows(
      `select rolname, rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication as above,
         exists (select 1 from pg_auth_members m where m.member = r.oid) as member
       from pg_roles r where rolname = any($1) order by 1`,
      [roles],
    )
    expect(standing).toEqual(roles.toSorted().map((rolname) => ({ rolname, above: false, member: false })))
  })

  test('reach no schema but their own, and can make nothing in any', async () => {
    const reached = await rows(
      `select r.rolname, n.nspname from pg_roles r, pg_namespace n
       where r.rolname = any($1) and n.nspname = any($2) and has_schema_privilege(r.oid, n.oid, 'usage') order by 1, 2`,
      [schemas.map(applicationRole), [...schemas]],
    )
    expect(reached).toEqual(
      schemas
        .map((schema) => ({ rolname: applicationRole(schema), nspname: schema }))
        .toSorted((a, b) => (a.nspname < b.nspname ? -1 : 1)),
    )
    const making = await rows(
      `select r.rolname, n.nspname from pg_roles r, pg_namespace n
       where r.rolname = any($1) and n.nspname !~ '^pg_' and has_schema_privilege(r.oid, n.oid, 'create')`,
      [roles],
    )
    expect(making).toEqual([])
  })

  test.each(Object.entries(acrossTenants))('%s has these rights and no other', async (role, rights) => {
    const granted = await rows(
      `select privilege_type || ' ' || table_schema || '.' || table_name as "right" from information_schema.role_table_grants where grantee = $1
       union select privilege_type || ' ' || table_schema || '.' || table_name || '.' || column_name from information_schema.role_column_grants g
       where grantee = $1 and not exists (select 1 from information_schema.role_table_grants t
         where t.grantee = $1 and (t.table_schema, t.table_name, t.privilege_type) = (g.table_schema, g.table_name, g.privilege_type))
       order by 1`,
      [role],
    )
    expect(granted.map((row) => row.right).sort()).toEqual([...rights].sort())
  })

  test.each(schemas)('%s’s role cannot take back what it told its outbox', async (schema) => {
    const [granted] = await rows(`select has_table_privilege($1, $2, 'update, delete, truncate') as any`, [
      applicationRole(schema),
      `${schema}.outbox`,
    ])
    expect(granted).toEqual({ any: false })
  })

  test.each(schemas)('%s’s role has no right on its record of migrations', async (schema) => {
    const [granted] = await rows(`select has_table_privilege($1, $2, 'select, insert, update, delete') as any`, [
      applicationRole(schema),
      `${schema}.migrations`,
    ])
    expect(granted).toEqual({ any: false })
  })
})

describe.each(schemas)('through the role of %s', (schema: SchemaName) => {
  const role = new Client({ connectionString: environment[`${schema.toUpperCase()}_DATABASE_URL`] ?? '' })
  beforeAll(() => role.connect())
  afterAll(() => role.end())

  test('a row is seen and stored in its own organization only, and in none when none is set', async () => {
    const [one, other] = [newId(), newId()]
    const enter = (organizationId: string) =>
      role.query(`select set_config('app.organization_id', $1, true)`, [organizationId])
    const mine = ofTenants().filter((table) => table.schema === schema)
    for (const table of mine) {
      const count = async () => Number((await role.query(`select count(*) from ${table.quoted}`)).rows[0].count)
      await role.query('begin')
      expect(await count(), `${table.name} without an organization`).toBe(0)
      await enter(one)
      await fillRow(role, table, one)
      expect(await count(), `${table.name} in its organization`).toBe(1)
      await enter(other)
      expect(await count(), `${table.name} in another organization`).toBe(0)
      await expect(fillRow(role, table, one), table.name).rejects.toThrow(/row-level security/)
      await role.query('rollback')
      // A new transaction knows nothing of the last one's organization.
      expect(await count(), `${table.name} afterwards`).toBe(0)
    }
    expect(mine.length).toBeGreaterThan(1)
  })
})

test('the organization itself is seen only while working in it', async () => {
  const role = new Client({ connectionString: environment.IDENTITY_DATABASE_URL ?? '' })
  await role.connect()
  try {
    const seen = async () => (await role.query('select id from identity.organization')).rows
    expect(await seen()).toEqual([])
    await role.query('begin')
    const id = newId()
    await role.query(`select set_config('app.organization_id', $1, true)`, [id])
    await role.query(`insert into identity.organization (id, name, created_at) values ($1, 'Acme', now())`, [id])
    expect(await seen()).toEqual([{ id }])
    await role.query('rollback')
  } finally {
    await role.end()
  }
})
