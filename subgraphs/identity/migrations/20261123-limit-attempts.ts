import { Migration } from '@mikro-orm/migrations'

export class LimitAttempts extends Migration {
  override up(): void {
    this.addSql(
      `create table "identity"."attempt_bucket" ("key" varchar(64) not null, "state" jsonb not null, "expires_at" timestamptz not null, primary key ("key"));`,
    )
    this.addSql(`create index "attempt_bucket_expiry" on "identity"."attempt_bucket" ("expires_at");`)
  }
}
