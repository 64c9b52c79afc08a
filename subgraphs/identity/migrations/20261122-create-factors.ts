import { Migration } from '@mikro-orm/migrations'

export class CreateFactors extends Migration {
  override up(): void {
    this.addSql(
      `create table "identity"."challenge" ("id" uuid not null, "purpose" text not null, "token_hash" varchar(64) not null, "user_id" uuid null, "place_id" uuid not null, "methods" text[] not null, "authenticated_at" timestamptz null, "enrollment_required" boolean not null, "passkey_challenge" varchar(100) null, "tries" int not null default 0, "created_at" timestamptz not null, "expires_at" timestamptz not null, "closed_at" timestamptz null, primary key ("id"));`,
    )
    this.addSql(`create index "challenge_expiry" on "identity"."challenge" ("expires_at");`)
    this.addSql(
      `create table "identity"."passkey" ("id" uuid not null, "user_id" uuid not null, "name" varchar(100) not null, "credential_id" varchar(1400) not null, "public_key" text not null, "counter" bigint not null, "transports" text[] not null, "backup_eligible" boolean not null, "backed_up" boolean not null, "created_at" timestamptz not null, "last_used_at" timestamptz null, primary key ("id"));`,
    )
    this.addSql(
      `alter table "identity"."passkey" add constraint "passkey_credential_id_unique" unique ("credential_id");`,
    )
    this.addSql(`create index "passkey_user" on "identity"."passkey" ("user_id");`)
    this.addSql(
      `create table "identity"."recovery_code" ("user_id" uuid not null, "hash" varchar(64) not null, "created_at" timestamptz not null, primary key ("user_id", "hash"));`,
    )
    this.addSql(
      `create table "identity"."totp" ("user_id" uuid not null, "secret" varchar(200) null, "pending_secret" varchar(200) null, "last_step" bigint not null default '0', "confirmed_at" timestamptz null, "created_at" timestamptz not null, primary key ("user_id"));`,
    )
    this.addSql(`alter table "identity"."organization" add "mfa_required_roles" text[] null;`)
    this.addSql(
      `alter table "identity"."session" add "wrong_proofs" int not null default 0, add "passkey_challenge" varchar(100) null;`,
    )
    this.addSql(
      `alter table "identity"."challenge" add constraint "challenge_purpose_check" check ("purpose" in ('sign-in', 'passkey-sign-in', 'passkey-registration'));`,
    )
  }
}
