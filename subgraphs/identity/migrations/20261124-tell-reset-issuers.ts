import { Migration } from '@mikro-orm/migrations'

export class TellResetIssuers extends Migration {
  override up(): void {
    // Those of administrators that are out now, for 45 minutes at most, are void: nobody knows whose they are.
    this.addSql(`alter table "identity"."password_reset" add "issued_by" uuid null;`)
  }
}
