import { Migration } from '@mikro-orm/migrations'

export class CreateAudit extends Migration {
  override up(): void {
    this.addSql(
      `create table "audit"."event" ("organization_id" uuid not null, "id" uuid not null, "seq" bigint not null, "occurred_at" timestamptz not null, "recorded_at" timestamptz not null, "action" varchar(100) collate "C" not null, "actor_type" varchar(20) not null, "actor_id" text null, "on_behalf_of" text null, "outcome" varchar(20) not null, "context" jsonb not null, primary key ("organization_id", "id"));`,
    )
    this.addSql(`create index "event_action" on "audit"."event" ("organization_id", "action", "id");`)
    this.addSql(`create index "event_actor" on "audit"."event" ("organization_id", "actor_id", "id");`)
    this.addSql(`create index "event_occurred_at" on "audit"."event" ("organization_id", "occurred_at");`)
    this.addSql(`alter table "audit"."event" add constraint "event_seq" unique ("organization_id", "seq");`)
    this.addSql(
      `create table "audit"."event_target" ("organization_id" uuid not null, "event_id" uuid not null, "position" smallint not null, "type" text not null, "target_id" text not null, "name" text null, primary key ("organization_id", "event_id", "position"));`,
    )
    this.addSql(
      `create index "event_target_of" on "audit"."event_target" ("organization_id", "target_id", "event_id");`,
    )
    this.addSql(
      `create table "audit"."outbox" ("organization_id" uuid not null, "id" uuid not null, "sequence" bigserial not null, "key" varchar(200) not null, "type" varchar(100) not null, "data" jsonb not null, "request_id" varchar(64) not null, "traceparent" varchar(55) not null, "occurred_at" timestamptz not null, "attempts" int not null default 0, "due_at" timestamptz not null default now(), "failure" text null, primary key ("organization_id", "id"));`,
    )
    this.addSql(`create index "outbox_order" on "audit"."outbox" ("organization_id", "sequence");`)
    this.addSql(`alter table "audit"."event" enable row level security;`)
    this.addSql(`alter table "audit"."event" force row level security;`)
    this.addSql(
      `create policy "tenant" on "audit"."event" using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);`,
    )
    this.addSql(`alter table "audit"."event_target" enable row level security;`)
    this.addSql(`alter table "audit"."event_target" force row level security;`)
    this.addSql(
      `create policy "tenant" on "audit"."event_target" using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);`,
    )
    this.addSql(`alter table "audit"."outbox" enable row level security;`)
    this.addSql(`alter table "audit"."outbox" force row level security;`)
    this.addSql(
      `create policy "tenant" on "audit"."outbox" using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);`,
    )
    this.addSql(
      `create policy "across_tenants_forgeops_relay" on "audit"."outbox" to "forgeops_relay" using (true) with check (true);`,
    )
    // The trail only grows: its role reads and adds, and can neither change nor remove what stands there.
    this.addSql(`revoke update, delete, truncate on audit.event, audit.event_target from forgeops_audit`)
  }
}
