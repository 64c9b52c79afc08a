import { Migration } from '@mikro-orm/migrations'

export class MakeFirstOwner extends Migration {
  override up(): void {
    this.addSql(
      `create table "identity"."bootstrap_token" ("purpose" text not null, "token_hash" varchar(64) not null, "created_at" timestamptz not null, "expires_at" timestamptz not null, "used_at" timestamptz null, primary key ("purpose"));`,
    )
    this.addSql(
      `alter table "identity"."bootstrap_token" add constraint "bootstrap_token_purpose_check" check ("purpose" in ('first-owner'));`,
    )
  }
}
