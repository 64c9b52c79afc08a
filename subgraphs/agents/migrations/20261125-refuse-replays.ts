import { Migration } from '@mikro-orm/migrations'
import { replayTables } from '#platform/idempotency/replay-tables'

export class RefuseReplays extends Migration {
  override up(): void {
    for (const statement of replayTables('agents')) this.addSql(statement)
  }
}
