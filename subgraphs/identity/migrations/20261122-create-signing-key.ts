import { Migration } from '@mikro-orm/migrations'

export class CreateSigningKey extends Migration {
  override up(): void {
    this.addSql(
      `create table "identity"."signing_key" ("kid" varchar(43) not null, "state" varchar(10) not null, "public_jwk" jsonb not null, "public_proof" text not null, "private_sealed" text null, "created_at" timestamptz not null, "activated_at" timestamptz null, "retired_at" timestamptz null, primary key ("kid"));`,
    )
    this.addSql(
      `create unique index "signing_key_one_of_each" on "identity"."signing_key" ("state") where state in ('next', 'active');`,
    )
    this.addSql(
      `alter table "identity"."signing_key" add constraint "signing_key_retired_is_public" check (state <> 'retired' or private_sealed is null);`,
    )
  }
}
