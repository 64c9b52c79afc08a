import { Migration } from '@mikro-orm/migrations'

export class OpenEgress extends Migration {
  override up(): void {
    this.addSql(
      `create table "integrations"."egress_rule" ("organization_id" uuid not null, "id" uuid not null, "host" varchar(255) not null, "port" int not null, "note" varchar(200) not null, "created_by" uuid null, "created_at" timestamptz not null, primary key ("organization_id", "id"));`,
    )
    this.addSql(
      `alter table "integrations"."egress_rule" add constraint "egress_rule_place" unique ("organization_id", "host", "port");`,
    )
    this.addSql(`alter table "integrations"."egress_rule" enable row level security;`)
    this.addSql(`alter table "integrations"."egress_rule" force row level security;`)
    this.addSql(
      `create policy "tenant" on "integrations"."egress_rule" using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);`,
    )
  }
}
