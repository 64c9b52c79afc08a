import { Migration } from '@mikro-orm/migrations'

export class CreateIntegrations extends Migration {
  override up(): void {
    this.addSql(
      `create table "integrations"."connection" ("organization_id" uuid not null, "id" uuid not null, "name" varchar(100) not null, "connector" varchar(50) not null, "config" jsonb not null, "status" varchar(20) not null, "status_reason" varchar(500) null, "created_by" uuid null, "created_at" timestamptz not null, "updated_at" timestamptz not null, "last_tested_at" timestamptz null, primary key ("organization_id", "id"));`,
    )
    this.addSql(
      `alter table "integrations"."connection" add constraint "connection_name" unique ("organization_id", "name");`,
    )
    this.addSql(
      `create table "integrations"."connection_secret" ("organization_id" uuid not null, "id" uuid not null, "connection_id" uuid not null, "field" varchar(50) not null, "sealed" text not null, primary key ("organization_id", "id"));`,
    )
    this.addSql(
      `alter table "integrations"."connection_secret" add constraint "connection_secret_field" unique ("organization_id", "connection_id", "field");`,
    )
    this.addSql(
      `create table "integrations"."outbox" ("organization_id" uuid not null, "id" uuid not null, "sequence" bigserial not null, "key" varchar(200) not null, "type" varchar(100) not null, "data" jsonb not null, "request_id" varchar(64) not null, "traceparent" varchar(55) not null, "occurred_at" timestamptz not null, "attempts" int not null default 0, "due_at" timestamptz not null default now(), "failure" text null, primary key ("organization_id", "id"));`,
    )
    this.addSql(`create index "outbox_order" on "integrations"."outbox" ("organization_id", "sequence");`)
    this.addSql(`alter table "integrations"."connection" enable row level security;`)
    this.addSql(`alter table "integrations"."connection" force row level security;`)
    this.addSql(
      `create policy "tenant" on "integrations"."connection" using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);`,
    )
    this.addSql(`alter table "integrations"."connection_secret" enable row level security;`)
    this.addSql(`alter table "integrations"."connection_secret" force row level security;`)
    this.addSql(
      `create policy "tenant" on "integrations"."connection_secret" using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);`,
    )
    this.addSql(`alter table "integrations"."outbox" enable row level security;`)
    this.addSql(`alter table "integrations"."outbox" force row level security;`)
    this.addSql(
      `create policy "tenant" on "integrations"."outbox" using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);`,
    )
    this.addSql(
      `create policy "across_tenants_forgeops_relay" on "integrations"."outbox" to "forgeops_relay" using (true) with check (true);`,
    )
  }
}
