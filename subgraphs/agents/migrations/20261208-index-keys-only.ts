import { Migration } from '@mikro-orm/migrations'

/** Most runs have no idempotency key: they need no place in its index, where all of them would stand side by side. */
export class IndexKeysOnly extends Migration {
  override up(): void {
    this.addSql('alter table "agents"."run" drop constraint "run_idempotency"')
    this.addSql(
      'create unique index "run_idempotency" on "agents"."run" ("organization_id", "agent_id", "idempotency_key") where idempotency_key is not null',
    )
  }
}
