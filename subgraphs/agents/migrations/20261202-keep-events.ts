import { Migration } from '@mikro-orm/migrations'

const tenant = `organization_id = nullif(current_setting('app.organization_id', true), '')::uuid`

export class KeepEvents extends Migration {
  override up(): void {
    this.addSql(
      `create table "agents"."event" ("organization_id" uuid not null, "id" uuid not null, "name" varchar(100) not null, "key" varchar(400) not null, "data" jsonb null, "idempotency_key" varchar(255) null, "sent_by" uuid not null, "sent_at" timestamptz not null, "expires_at" timestamptz not null, primary key ("organization_id", "id"))`,
    )
    this.addSql(`create index "event_name" on "agents"."event" ("organization_id", "name", "key", "id")`)
    this.addSql(`create index "event_expiry" on "agents"."event" ("organization_id", "expires_at")`)
    this.addSql(
      `alter table "agents"."event" add constraint "event_idempotency" unique ("organization_id", "idempotency_key")`,
    )
    this.addSql(`alter table "agents"."event" enable row level security`)
    this.addSql(`alter table "agents"."event" force row level security`)
    this.addSql(`create policy "tenant" on "agents"."event" using (${tenant}) with check (${tenant})`)
  }
}
