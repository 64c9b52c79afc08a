import { Migration } from '@mikro-orm/migrations'

export class BoundRuns extends Migration {
  override up(): void {
    this.addSql(`alter table "agents"."run" add "scopes_max" text[] null;`)
  }
}
