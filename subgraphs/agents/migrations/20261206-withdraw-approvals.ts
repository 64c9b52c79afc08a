import { Migration } from '@mikro-orm/migrations'
import { claimRunFunction, commitRunFunction } from '../run/engine/engine-functions.ts'

/** An approval is withdrawn by its own id: the step may have asked anew by then. Who comes too late to be cancelled with its parent is. */
export class WithdrawApprovals extends Migration {
  override up(): void {
    this.addSql(claimRunFunction)
    this.addSql(commitRunFunction)
  }
}
