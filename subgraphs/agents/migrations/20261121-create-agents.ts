import { Migration } from '@mikro-orm/migrations'

export class CreateAgents extends Migration {
  override up(): void {
    this.addSql(
      `create table "agents"."agent" ("organization_id" uuid not null, "id" uuid not null, "name" varchar(100) not null, "description" varchar(2000) not null, "published_version_id" uuid null, "created_at" timestamptz not null, "archived_at" timestamptz null, primary key ("organization_id", "id"));`,
    )
    this.addSql(
      `create unique index "agent_name" on "agents"."agent" ("organization_id", "name") where archived_at is null;`,
    )
    this.addSql(
      `create table "agents"."agent_connection" ("organization_id" uuid not null, "id" uuid not null, "connection_id" uuid not null, "agent_id" uuid not null, primary key ("organization_id", "id"));`,
    )
    this.addSql(`create index "agent_connection_agent" on "agents"."agent_connection" ("organization_id", "agent_id");`)
    this.addSql(
      `alter table "agents"."agent_connection" add constraint "agent_connection_use" unique ("organization_id", "connection_id", "agent_id");`,
    )
    this.addSql(
      `create table "agents"."agent_version" ("organization_id" uuid not null, "id" uuid not null, "agent_id" uuid not null, "number" int not null, "definition" jsonb not null, "grants" text[] not null, "published_by" uuid not null, "created_at" timestamptz not null, primary key ("organization_id", "id"));`,
    )
    this.addSql(
      `alter table "agents"."agent_version" add constraint "agent_version_number" unique ("organization_id", "agent_id", "number");`,
    )
    this.addSql(
      `create table "agents"."outbox" ("organization_id" uuid not null, "id" uuid not null, "sequence" bigserial not null, "key" varchar(200) not null, "type" varchar(100) not null, "data" jsonb not null, "request_id" varchar(64) not null, "traceparent" varchar(55) not null, "occurred_at" timestamptz not null, "attempts" int not null default 0, "due_at" timestamptz not null default now(), "failure" text null, primary key ("organization_id", "id"));`,
    )
    this.addSql(`create index "outbox_order" on "agents"."outbox" ("organization_id", "sequence");`)
    this.addSql(
      `create table "agents"."run" ("organization_id" uuid not null, "id" uuid not null, "agent_id" uuid not null, "agent_version_id" uuid not null, "status" varchar(20) not null, "input" jsonb not null, "output" jsonb null, "error" jsonb null, "started_by" uuid not null, "idempotency_key" varchar(255) null, "request_id" varchar(64) not null, "traceparent" varchar(55) not null, "queued_at" timestamptz not null, "started_at" timestamptz null, "finished_at" timestamptz null, "lease_owner" varchar(100) null, "lease_epoch" int not null default 0, "lease_until" timestamptz not null, "event_seq" int not null default 0, "cancel_requested_at" timestamptz null, primary key ("organization_id", "id"));`,
    )
    this.addSql(`create index "run_agent" on "agents"."run" ("organization_id", "agent_id", "id");`)
    this.addSql(`create index "run_starter" on "agents"."run" ("organization_id", "started_by", "id");`)
    this.addSql(
      `create index "run_due" on "agents"."run" ("organization_id", "lease_until") where status in ('QUEUED', 'RUNNING');`,
    )
    this.addSql(
      `alter table "agents"."run" add constraint "run_idempotency" unique ("organization_id", "agent_id", "idempotency_key");`,
    )
    this.addSql(
      `create table "agents"."run_event" ("organization_id" uuid not null, "id" uuid not null, "run_id" uuid not null, "seq" int not null, "type" varchar(40) not null, "data" jsonb not null, "at" timestamptz not null, primary key ("organization_id", "id"));`,
    )
    this.addSql(
      `alter table "agents"."run_event" add constraint "run_event_order" unique ("organization_id", "run_id", "seq");`,
    )
    this.addSql(
      `create table "agents"."step" ("organization_id" uuid not null, "id" uuid not null, "run_id" uuid not null, "path" varchar(255) not null, "step_id" varchar(40) not null, "kind" varchar(20) not null, "status" varchar(20) not null, "attempt" int not null, "output" jsonb null, "error" jsonb null, "effect_key" varchar(64) not null, "began_seq" int not null, "started_at" timestamptz not null, "finished_at" timestamptz null, primary key ("organization_id", "id"));`,
    )
    this.addSql(`alter table "agents"."step" add constraint "step_path" unique ("organization_id", "run_id", "path");`)
    this.addSql(`alter table "agents"."agent" enable row level security;`)
    this.addSql(`alter table "agents"."agent" force row level security;`)
    this.addSql(
      `create policy "tenant" on "agents"."agent" using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);`,
    )
    this.addSql(`alter table "agents"."agent_connection" enable row level security;`)
    this.addSql(`alter table "agents"."agent_connection" force row level security;`)
    this.addSql(
      `create policy "tenant" on "agents"."agent_connection" using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);`,
    )
    this.addSql(`alter table "agents"."agent_version" enable row level security;`)
    this.addSql(`alter table "agents"."agent_version" force row level security;`)
    this.addSql(
      `create policy "tenant" on "agents"."agent_version" using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);`,
    )
    this.addSql(`alter table "agents"."outbox" enable row level security;`)
    this.addSql(`alter table "agents"."outbox" force row level security;`)
    this.addSql(
      `create policy "tenant" on "agents"."outbox" using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);`,
    )
    this.addSql(
      `create policy "across_tenants_forgeops_relay" on "agents"."outbox" to "forgeops_relay" using (true) with check (true);`,
    )
    this.addSql(`alter table "agents"."run" enable row level security;`)
    this.addSql(`alter table "agents"."run" force row level security;`)
    this.addSql(
      `create policy "tenant" on "agents"."run" using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);`,
    )
    this.addSql(
      `create policy "across_tenants_forgeops_sweep" on "agents"."run" to "forgeops_sweep" using (true) with check (true);`,
    )
    this.addSql(`alter table "agents"."run_event" enable row level security;`)
    this.addSql(`alter table "agents"."run_event" force row level security;`)
    this.addSql(
      `create policy "tenant" on "agents"."run_event" using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);`,
    )
    this.addSql(`alter table "agents"."step" enable row level security;`)
    this.addSql(`alter table "agents"."step" force row level security;`)
    this.addSql(
      `create policy "tenant" on "agents"."step" using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);`,
    )
    // The sweep finds due runs in every organization; what they are about it cannot see.
    this.addSql(`grant usage on schema agents to forgeops_sweep;`)
    this.addSql(`grant select (organization_id, id, status, lease_until) on agents.run to forgeops_sweep;`)
    // A published version and what happened in a run are facts: they are added, never changed.
    this.addSql(`revoke update, delete, truncate on agents.agent_version, agents.run_event from forgeops_agents`)
  }
}
