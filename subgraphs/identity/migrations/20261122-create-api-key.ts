import { Migration } from '@mikro-orm/migrations'

export class CreateApiKey extends Migration {
  override up(): void {
    this.addSql(
      `create table "identity"."api_key" ("organization_id" uuid not null, "id" uuid not null, "user_id" uuid not null, "created_by" uuid not null, "name" varchar(100) not null, "prefix" varchar(60) not null, "secret_hash" varchar(64) not null, "scopes" text[] not null, "rate_limit_per_minute" int not null, "created_at" timestamptz not null, "expires_at" timestamptz not null, "last_used_at" timestamptz null, "last_address" varchar(45) null, "refused_at" timestamptz null, "revoked_at" timestamptz null, primary key ("organization_id", "id"));`,
    )
    this.addSql(`create index "api_key_user" on "identity"."api_key" ("organization_id", "user_id");`)
    this.addSql(`alter table "identity"."api_key" enable row level security;`)
    this.addSql(`alter table "identity"."api_key" force row level security;`)
    this.addSql(
      `create policy "tenant" on "identity"."api_key" using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);`,
    )
  }
}
