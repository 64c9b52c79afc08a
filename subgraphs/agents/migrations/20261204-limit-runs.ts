import { Migration } from '@mikro-orm/migrations'
import { admissionFunctions } from '../limits/admit-run-function.ts'
import { claimRunFunction, commitRunFunction } from '../run/engine/engine-functions.ts'

export class LimitRuns extends Migration {
  override up(): void {
    this.addSql(
      `alter table "agents"."run" add "held_by" varchar(300) null, add "concurrency_key" varchar(200) null, add "rate_key" varchar(200) null, add "payload_bytes" bigint not null default '0'`,
    )
    this.addSql(
      `create index "run_due_of" on "agents"."run" ("organization_id", "due_at") where status in ('QUEUED', 'RUNNING', 'WAITING')`,
    )
    this.addSql(`create index "run_running" on "agents"."run" ("organization_id", "agent_id") where status = 'RUNNING'`)
    this.addSql(
      `create index "run_held" on "agents"."run" ("organization_id", "held_by", "queued_at", "id") where held_by is not null and status in ('QUEUED', 'WAITING')`,
    )
    this.addSql(`alter table "agents"."step" add "output_ref" uuid null`)
    this.addSql(
      `create table "agents"."run_policy" ("organization_id" uuid not null, "id" uuid not null, "concurrency" int not null, "steps" int null, "tokens" bigint null, "cost_micros" bigint null, "duration_ms" bigint null, "updated_at" timestamptz not null, primary key ("organization_id", "id"));`,
    )
    this.addSql(
      `create table "agents"."rate" ("organization_id" uuid not null, "id" uuid not null, "agent_id" uuid not null, "key" varchar(200) not null, "used_until" timestamptz not null, primary key ("organization_id", "id"));`,
    )
    this.addSql(`create index "rate_past" on "agents"."rate" ("organization_id", "agent_id", "used_until");`)
    this.addSql(`alter table "agents"."rate" add constraint "rate_key" unique ("organization_id", "agent_id", "key");`)
    this.addSql(
      `create table "agents"."payload" ("organization_id" uuid not null, "id" uuid not null, "run_id" uuid not null, "content" jsonb not null, primary key ("organization_id", "id"));`,
    )
    this.addSql(`create index "payload_run" on "agents"."payload" ("organization_id", "run_id");`)
    this.addSql(`alter table "agents"."run_policy" enable row level security;`)
    this.addSql(`alter table "agents"."run_policy" force row level security;`)
    this.addSql(
      `create policy "tenant" on "agents"."run_policy" using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);`,
    )
    this.addSql(`alter table "agents"."rate" enable row level security;`)
    this.addSql(`alter table "agents"."rate" force row level security;`)
    this.addSql(
      `create policy "tenant" on "agents"."rate" using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);`,
    )
    this.addSql(`alter table "agents"."payload" enable row level security;`)
    this.addSql(`alter table "agents"."payload" force row level security;`)
    this.addSql(
      `create policy "tenant" on "agents"."payload" using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);`,
    )
    // As the entities write it.
    for (const column of ['input_tokens', 'output_tokens', 'cost_micros'])
      this.addSql(`alter table "agents"."run" alter column "${column}" set default '0'`)
    for (const statement of admissionFunctions) this.addSql(statement)
    this.addSql(claimRunFunction)
    this.addSql(commitRunFunction)
    this.addSql(`grant select (held_by, queued_at) on agents.run to forgeops_sweep`)
    // An output that was stored aside is a fact as its step is.
    this.addSql(`revoke update, delete, truncate on agents.payload from forgeops_agents`)
  }
}
