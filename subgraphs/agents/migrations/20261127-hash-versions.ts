import { Migration } from '@mikro-orm/migrations'

export class HashVersions extends Migration {
  override up(): void {
    this.addSql(`alter table "agents"."agent_version" add "hash" varchar(64) null`)
    this.addSql(
      `create unique index "agent_version_hash" on "agents"."agent_version" ("organization_id", "agent_id", "hash")`,
    )
  }
}
