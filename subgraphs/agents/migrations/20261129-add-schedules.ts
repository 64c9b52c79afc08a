import { Migration } from '@mikro-orm/migrations'

const tenant = `organization_id = nullif(current_setting('app.organization_id', true), '')::uuid`

export class AddSchedules extends Migration {
  override up(): void {
    this.addSql(
      `create table "agents"."schedule" ("organization_id" uuid not null, "id" uuid not null, "name" varchar(100) not null, "agent_id" uuid not null, "environment" varchar(20) not null default 'PRODUCTION', "cron" varchar(100) not null, "time_zone" varchar(64) not null, "input" jsonb not null, "overlap" varchar(20) not null, "catch_up_window" varchar(20) not null, "pause_on_failure" boolean not null, "enabled" boolean not null, "paused" jsonb null, "owner_id" uuid not null, "scopes_max" text[] null, "created_at" timestamptz not null, "enabled_at" timestamptz not null, "next_fire_at" timestamptz null, "due_at" timestamptz null, "looked_at" timestamptz null, "buffered" jsonb not null, "last_fire_at" timestamptz null, "last_run_id" uuid null, primary key ("organization_id", "id"))`,
    )
    this.addSql(`create index "schedule_agent" on "agents"."schedule" ("organization_id", "agent_id", "id")`)
    this.addSql(`create index "schedule_due" on "agents"."schedule" ("due_at") where due_at is not null`)
    this.addSql(`alter table "agents"."schedule" enable row level security`)
    this.addSql(`alter table "agents"."schedule" force row level security`)
    this.addSql(`create policy "tenant" on "agents"."schedule" using (${tenant}) with check (${tenant})`)
    this.addSql(
      `create policy "across_tenants_forgeops_sweep" on "agents"."schedule" to "forgeops_sweep" using (true) with check (true)`,
    )
    this.addSql(`grant select (organization_id, id, due_at) on agents.schedule to forgeops_sweep`)
    this.addSql(`alter table "agents"."run" add "schedule_id" uuid null, add "fire_at" timestamptz null`)
    // One run for each fire, whoever else thinks that it is theirs to make.
    this.addSql(
      `create unique index "run_fire" on "agents"."run" ("organization_id", "schedule_id", "fire_at") where schedule_id is not null`,
    )
    this.addSql(
      `create index "run_schedule" on "agents"."run" ("organization_id", "schedule_id", "finished_at") where schedule_id is not null`,
    )
  }
}
