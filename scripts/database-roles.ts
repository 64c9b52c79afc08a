import type { Client } from 'pg'
import { applicationRole } from '#platform/db/database'
import { schemas } from '#platform/db/schemas'

/** The variables whose URLs name the database roles that run the house, and own nothing in it. */
export const roleVariables = [
  ...schemas.map((schema) => `${schema.toUpperCase()}_DATABASE_URL`),
  'RELAY_DATABASE_URL',
  'SWEEP_DATABASE_URL',
] as const

/**
 * Creates the roles that the given URLs name, or sets their passwords anew. The owner needs CREATEROLE.
 *
 * @param urls one URL for each of `roleVariables`, in any order
 */
export async function ensureRoles(owner: Client, urls: readonly string[]): Promise<void> {
  for (const text of urls) {
    const { username, password } = new URL(text)
    const role = owner.escapeIdentifier(decodeURIComponent(username))
    const secret = owner.escapeLiteral(decodeURIComponent(password))
    const known = await owner.query('select 1 from pg_roles where rolname = $1', [decodeURIComponent(username)])
    await owner.query(`${known.rowCount === 0 ? 'create' : 'alter'} role ${role} login password ${secret}`)
  }
}

/** What a schema's application role may do with the tables that migrations are about to make: rows yes, shape no. */
export async function prepareSchema(owner: Client, schema: string): Promise<void> {
  const role = applicationRole(schema as (typeof schemas)[number])
  await owner.query(`create schema if not exists ${schema}`)
  await owner.query(`grant usage on schema ${schema} to ${role}, forgeops_relay`)
  await owner.query(
    `alter default privileges in schema ${schema} grant select, insert, update, delete on tables to ${role}`,
  )
  await owner.query(`alter default privileges in schema ${schema} grant usage on sequences to ${role}`)
}

/**
 * The relay reads and clears outboxes and nothing else; an application only adds to its own, so that no record of what it
 * did can be taken back; nobody but the owner touches the record of migrations.
 */
export async function limitGrants(owner: Client, schema: string): Promise<void> {
  const role = applicationRole(schema as (typeof schemas)[number])
  await owner.query(`grant select, update, delete on ${schema}.outbox to forgeops_relay`)
  await owner.query(`revoke update, delete, truncate on ${schema}.outbox from ${role}`)
  await owner.query(`revoke all on ${schema}.migrations from ${role}`)
  await owner.query(`revoke all on sequence ${schema}.migrations_id_seq from ${role}`)
}
