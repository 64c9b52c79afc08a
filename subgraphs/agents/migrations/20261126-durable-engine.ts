import { Migration } from '@mikro-orm/migrations'
import { claimRunFunction, commitRunFunction } from '../run/engine/engine-functions.ts'

export class DurableEngine extends Migration {
  override up(): void {
    this.addSql(`alter table "agents"."run" rename column "lease_until" to "due_at"`)
    this.addSql(`drop index "agents"."run_due"`)
    this.addSql(
      `alter table "agents"."run" add "ending" jsonb null, add "parent_run_id" uuid null, add "parent_path" varchar(400) null, add "depth" int not null default 0, add "lease_commits" int not null default 0, add "owners_lost" int not null default 0, add "steps_done" int not null default 0, add "input_tokens" bigint not null default 0, add "output_tokens" bigint not null default 0, add "cost_micros" bigint not null default 0`,
    )
    this.addSql(
      `create index "run_parent" on "agents"."run" ("organization_id", "parent_run_id") where parent_run_id is not null`,
    )
    this.addSql(`create index "run_due" on "agents"."run" ("due_at") where status in ('QUEUED', 'RUNNING', 'WAITING')`)
    this.addSql(
      `alter table "agents"."step" alter column "path" type varchar(400), alter column "step_id" type varchar(64), drop column "began_seq", add "epoch" int not null default 0, add "attempts" jsonb not null default '[]', add "waits_for" varchar(20) null, add "due_at" timestamptz null, add "event_name" varchar(100) null, add "event_key" varchar(400) null, add "resolution" jsonb null, add "state" jsonb null, add "input" jsonb null, add "usage" jsonb null, add "ordinal" int not null default 0, add "done_ordinal" int null`,
    )
    this.addSql(
      `create index "step_event" on "agents"."step" ("organization_id", "event_name", "event_key") where status = 'WAITING' and event_name is not null`,
    )
    this.addSql(claimRunFunction)
    this.addSql(commitRunFunction)
    // An owner's heartbeat goes over all organizations in one statement.
    this.addSql(
      `grant select (due_at, lease_owner, lease_epoch, cancel_requested_at), update (due_at) on agents.run to forgeops_sweep`,
    )
  }
}
