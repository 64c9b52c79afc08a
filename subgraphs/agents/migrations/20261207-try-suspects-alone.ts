import { Migration } from '@mikro-orm/migrations'
import { claimRunFunction } from '../run/engine/engine-functions.ts'

export class TrySuspectsAlone extends Migration {
  override up(): void {
    this.addSql('drop function if exists agents.claim_run(uuid, uuid, text, int, uuid)')
    this.addSql(claimRunFunction)
    this.addSql(
      `create index "run_often_lost" on "agents"."run" ("due_at") where owners_lost >= 1 and status in ('QUEUED', 'RUNNING', 'WAITING')`,
    )
    this.addSql(`grant select (owners_lost) on agents.run to forgeops_sweep`)
  }
}
