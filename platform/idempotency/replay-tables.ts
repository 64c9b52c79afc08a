import type { SchemaName } from '../db/schemas.ts'
import { organizationSetting } from '../db/tenant.ts'
import { sweepRole } from './kept-answer.entity.ts'

/** The statements that make what every schema has against doing things twice: used nonces and kept answers. */
export function replayTables(schema: SchemaName): string[] {
  const own = `organization_id = nullif(current_setting('${organizationSetting}', true), '')::uuid`
  return [
    `create table "${schema}"."used_nonce" ("nonce" varchar(64) not null, "expires_at" timestamptz not null, primary key ("nonce"));`,
    `create index "used_nonce_expiry" on "${schema}"."used_nonce" ("expires_at");`,
    `create table "${schema}"."kept_answer" ("organization_id" uuid not null, "id" uuid not null, "digest" varchar(64) not null, "answer" jsonb null, "expires_at" timestamptz not null, primary key ("organization_id", "id"));`,
    `create index "kept_answer_expiry" on "${schema}"."kept_answer" ("organization_id", "expires_at");`,
    `alter table "${schema}"."kept_answer" enable row level security;`,
    `alter table "${schema}"."kept_answer" force row level security;`,
    `create policy "tenant" on "${schema}"."kept_answer" using (${own}) with check (${own});`,
    `create policy "ended_${sweepRole}" on "${schema}"."kept_answer" to "${sweepRole}" using (expires_at < now());`,
    `grant usage on schema ${schema} to ${sweepRole};`,
    `grant select (organization_id, id, expires_at), delete on ${schema}.kept_answer to ${sweepRole};`,
  ]
}
