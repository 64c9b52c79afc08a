import { Migration } from '@mikro-orm/migrations'

export class TellWhatStandsStill extends Migration {
  override up(): void {
    this.addSql(
      `create policy "across_tenants_forgeops_sweep" on "agents"."dead_letter" to "forgeops_sweep" using (true) with check (true)`,
    )
    // What the metrics count, and nothing besides.
    this.addSql(`grant select (organization_id, id) on agents.dead_letter to forgeops_sweep`)
    this.addSql(`grant select (paused) on agents.schedule to forgeops_sweep`)
    this.addSql(
      `create index "schedule_paused" on "agents"."schedule" ("organization_id", "id") where paused is not null`,
    )
  }
}
