import { Migration } from '@mikro-orm/migrations'

export class CreateIdentity extends Migration {
  override up(): void {
    this.addSql(
      `create table "identity"."invitation" ("organization_id" uuid not null, "id" uuid not null, "email" varchar(320) not null, "roles" text[] not null, "token_hash" varchar(64) not null, "invited_by" uuid not null, "expires_at" timestamptz not null, "accepted_at" timestamptz null, "created_at" timestamptz not null, primary key ("organization_id", "id"));`,
    )
    this.addSql(
      `create table "identity"."membership" ("organization_id" uuid not null, "id" uuid not null, "user_id" uuid not null, "roles" text[] not null, "created_at" timestamptz not null, primary key ("organization_id", "id"));`,
    )
    this.addSql(
      `alter table "identity"."membership" add constraint "membership_user" unique ("organization_id", "user_id");`,
    )
    this.addSql(
      `create table "identity"."organization" ("id" uuid not null, "name" varchar(100) not null, "created_at" timestamptz not null, primary key ("id"));`,
    )
    this.addSql(
      `create table "identity"."outbox" ("organization_id" uuid not null, "id" uuid not null, "sequence" bigserial not null, "key" varchar(200) not null, "type" varchar(100) not null, "data" jsonb not null, "request_id" varchar(64) not null, "traceparent" varchar(55) not null, "occurred_at" timestamptz not null, "attempts" int not null default 0, "due_at" timestamptz not null default now(), "failure" text null, primary key ("organization_id", "id"));`,
    )
    this.addSql(`create index "outbox_order" on "identity"."outbox" ("organization_id", "sequence");`)
    this.addSql(
      `create table "identity"."password_credential" ("user_id" uuid not null, "hash" varchar(200) not null, "updated_at" timestamptz not null, primary key ("user_id"));`,
    )
    this.addSql(
      `create table "identity"."session" ("organization_id" uuid not null, "id" uuid not null, "user_id" uuid not null, "refresh_hash" varchar(64) not null, "address" varchar(45) null, "created_at" timestamptz not null, "refreshed_at" timestamptz not null, "expires_at" timestamptz not null, "ended_at" timestamptz null, primary key ("organization_id", "id"));`,
    )
    this.addSql(`create index "session_user" on "identity"."session" ("organization_id", "user_id");`)
    this.addSql(
      `create table "identity"."user" ("id" uuid not null, "email" varchar(320) not null, "name" varchar(100) not null, "home_organization_id" uuid not null, "created_at" timestamptz not null, primary key ("id"));`,
    )
    this.addSql(`alter table "identity"."user" add constraint "user_email_unique" unique ("email");`)
    this.addSql(`alter table "identity"."invitation" enable row level security;`)
    this.addSql(`alter table "identity"."invitation" force row level security;`)
    this.addSql(
      `create policy "tenant" on "identity"."invitation" using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);`,
    )
    this.addSql(`alter table "identity"."membership" enable row level security;`)
    this.addSql(`alter table "identity"."membership" force row level security;`)
    this.addSql(
      `create policy "tenant" on "identity"."membership" using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);`,
    )
    this.addSql(`alter table "identity"."organization" enable row level security;`)
    this.addSql(`alter table "identity"."organization" force row level security;`)
    this.addSql(
      `create policy "tenant" on "identity"."organization" using (id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (id = nullif(current_setting('app.organization_id', true), '')::uuid);`,
    )
    this.addSql(`alter table "identity"."outbox" enable row level security;`)
    this.addSql(`alter table "identity"."outbox" force row level security;`)
    this.addSql(
      `create policy "tenant" on "identity"."outbox" using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);`,
    )
    this.addSql(
      `create policy "across_tenants_forgeops_relay" on "identity"."outbox" to "forgeops_relay" using (true) with check (true);`,
    )
    this.addSql(`alter table "identity"."session" enable row level security;`)
    this.addSql(`alter table "identity"."session" force row level security;`)
    this.addSql(
      `create policy "tenant" on "identity"."session" using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);`,
    )
    // The system organization is part of the schema: platform-wide things belong to it from the first sign-in on.
    this.addSql(`select set_config('app.organization_id', '00000000-0000-7000-8000-000000000000', true)`)
    this.addSql(
      `insert into identity.organization (id, name, created_at) values ('00000000-0000-7000-8000-000000000000', 'System', now())`,
    )
  }
}
