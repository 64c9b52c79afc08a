import { Migration } from '@mikro-orm/migrations'
import { commitRunFunction } from '../run/engine/engine-functions.ts'

const tenant = `organization_id = nullif(current_setting('app.organization_id', true), '')::uuid`

export class AskForApprovals extends Migration {
  override up(): void {
    this.addSql(
      `create table "agents"."approval" ("organization_id" uuid not null, "id" uuid not null, "run_id" uuid not null, "step_id" uuid not null, "path" varchar(400) not null, "started_by" uuid not null, "environment" varchar(20) not null, "title" varchar(200) not null, "message" varchar(4000) null, "shown" jsonb null, "needed" int not null, "roles" jsonb null, "self_approval" boolean not null, "form" jsonb null, "on_expiry" varchar(20) not null, "status" varchar(20) not null, "requested_at" timestamptz not null, "expires_at" timestamptz null, "settled_at" timestamptz null, primary key ("organization_id", "id"))`,
    )
    this.addSql(`create index "approval_run" on "agents"."approval" ("organization_id", "run_id", "id")`)
    this.addSql(`create index "approval_status" on "agents"."approval" ("organization_id", "status", "id")`)
    this.addSql(`create index "approval_starter" on "agents"."approval" ("organization_id", "started_by", "id")`)
    this.addSql(
      `create table "agents"."approval_decision" ("organization_id" uuid not null, "id" uuid not null, "approval_id" uuid not null, "user_id" uuid not null, "decision" varchar(20) not null, "comment" varchar(2000) null, "form" jsonb null, "decided_at" timestamptz not null, primary key ("organization_id", "id"))`,
    )
    this.addSql(
      `alter table "agents"."approval_decision" add constraint "approval_decision_user" unique ("organization_id", "approval_id", "user_id")`,
    )
    for (const table of ['approval', 'approval_decision']) {
      this.addSql(`alter table "agents"."${table}" enable row level security`)
      this.addSql(`alter table "agents"."${table}" force row level security`)
      this.addSql(`create policy "tenant" on "agents"."${table}" using (${tenant}) with check (${tenant})`)
    }
    // What somebody decided is a fact: it is added, never changed.
    this.addSql(`revoke update, delete, truncate on agents.approval_decision from forgeops_agents`)
    this.addSql(commitRunFunction)
  }
}
