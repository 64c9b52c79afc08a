import { Migration } from '@mikro-orm/migrations'

export class SetDeadLettersAside extends Migration {
  override up(): void {
    this.addSql(
      `create table "agents"."dead_letter" ("organization_id" uuid not null, "id" uuid not null, "run_id" uuid not null, "agent_id" uuid not null, "step" varchar(400) null, "error" jsonb not null, "owners" text[] not null, "parked_at" timestamptz not null, primary key ("organization_id", "id"))`,
    )
    this.addSql(
      `alter table "agents"."dead_letter" add constraint "dead_letter_run" unique ("organization_id", "run_id")`,
    )
    this.addSql(`alter table "agents"."dead_letter" enable row level security`)
    this.addSql(`alter table "agents"."dead_letter" force row level security`)
    this.addSql(
      `create policy "tenant" on "agents"."dead_letter" using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid)`,
    )
    this.addSql(
      `create policy "operators" on "agents"."dead_letter" to "forgeops_agents" using (current_setting('app.organization_id', true) = '00000000-0000-7000-8000-000000000000') with check (current_setting('app.organization_id', true) = '00000000-0000-7000-8000-000000000000')`,
    )
  }
}
