import type { Client } from 'pg'

export interface Table {
  readonly schema: string
  /** `schema.table`, for people. */
  readonly name: string
  /** The same, for SQL. */
  readonly quoted: string
  readonly organizationColumn: 'not null' | 'nullable' | undefined
  readonly rowSecurity: boolean
  readonly rowSecurityForced: boolean
  readonly indexes: readonly { readonly name: string; readonly columns: readonly string[] }[]
  readonly policies: readonly Policy[]
  /** What an insert must give: not null and without a default. */
  readonly required: readonly { readonly name: string; readonly type: string }[]
}

interface Policy {
  readonly name: string
  readonly permissive: boolean
  readonly command: string
  readonly roles: readonly string[]
  readonly using: string | null
  readonly check: string | null
}

/** Every table of the schemas as PostgreSQL's own catalogue describes it, by name. */
export async function tablesOf(client: Client, schemas: readonly string[]): Promise<Table[]> {
  const { rows } = await client.query<Table>(
    `select n.nspname as schema, n.nspname || '.' || c.relname as name,
       quote_ident(n.nspname) || '.' || quote_ident(c.relname) as quoted,
       (select case when attnotnull then 'not null' else 'nullable' end from pg_attribute
         where attrelid = c.oid and attname = 'organization_id' and not attisdropped) as "organizationColumn",
       c.relrowsecurity as "rowSecurity", c.relforcerowsecurity as "rowSecurityForced",
       (select coalesce(jsonb_agg(jsonb_build_object('name', i.relname, 'columns',
           (select jsonb_agg(pg_get_indexdef(x.indexrelid, k, false) order by k) from generate_series(1, x.indnkeyatts) k))), '[]')
         from pg_index x join pg_class i on i.oid = x.indexrelid where x.indrelid = c.oid) as indexes,
       (select coalesce(jsonb_agg(jsonb_build_object('name', policyname, 'permissive', permissive = 'PERMISSIVE',
           'command', cmd, 'roles', to_jsonb(roles), 'using', qual, 'check', with_check) order by policyname), '[]')
         from pg_policies where schemaname = n.nspname and tablename = c.relname) as policies,
       (select coalesce(jsonb_agg(jsonb_build_object('name', quote_ident(attname), 'type', format_type(atttypid, null))), '[]')
         from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped and attnotnull and not atthasdef
           and attname <> 'organization_id') as required
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = any($1) and c.relkind in ('r', 'p', 'm', 'v', 'f') order by 2`,
    [[...schemas]],
  )
  return rows.map((row) => ({ ...row, organizationColumn: row.organizationColumn ?? undefined }))
}

/** Some value of each type that a column of ours has. */
const anyValue: Record<string, string> = {
  uuid: 'gen_random_uuid()',
  text: `'x'`,
  'character varying': `'x'`,
  'text[]': `'{}'`,
  integer: '1',
  smallint: '1',
  bigint: '1',
  boolean: 'true',
  jsonb: `'{}'`,
  bytea: `'x'`,
  'timestamp with time zone': 'now()',
}

/** Stores a row that says nothing, in the organization given. */
export async function fillRow(client: Client, table: Table, organizationId: string): Promise<void> {
  const values = table.required.map(({ name, type }) => {
    const value = anyValue[type]
    if (value === undefined) throw new Error(`No value is known for ${table.name}.${name}, a ${type}.`)
    return value
  })
  await client.query(
    `insert into ${table.quoted} (organization_id, ${table.required.map((column) => column.name).join(', ')})
     values ($1, ${values.join(', ')})`,
    [organizationId],
  )
}
