import { Migration } from '@mikro-orm/migrations'
import { claimRunFunction, commitRunFunction } from '../run/engine/engine-functions.ts'

export class LinkRuns extends Migration {
  override up(): void {
    this.addSql(
      `alter table "agents"."run" add "replay_of" uuid null, add "forked_from" uuid null, add "forked_step" varchar(400) null`,
    )
    this.addSql(claimRunFunction)
    this.addSql(commitRunFunction)
  }
}
