import { Migration } from '@mikro-orm/migrations'
import { commitRunFunction } from '../run/engine/engine-functions.ts'

/** An approval is withdrawn by its own id: the step may have asked anew by then. */
export class WithdrawApprovals extends Migration {
  override up(): void {
    this.addSql(commitRunFunction)
  }
}
