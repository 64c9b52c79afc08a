import { Migration } from '@mikro-orm/migrations'

export class RecoverPasswords extends Migration {
  override up(): void {
    this.addSql(
      `create table "identity"."mail" ("id" uuid not null, "kind" varchar(40) not null, "sealed" text not null, "attempts" int not null default 0, "due_at" timestamptz not null, "expires_at" timestamptz not null, "created_at" timestamptz not null, primary key ("id"));`,
    )
    this.addSql(`create index "mail_due" on "identity"."mail" ("due_at");`)
    this.addSql(
      `create table "identity"."password_reset" ("user_id" uuid not null, "id" uuid not null, "token_hash" varchar(64) not null, "issued_in" uuid null, "expires_at" timestamptz not null, "created_at" timestamptz not null, primary key ("user_id"));`,
    )
    this.addSql(`alter table "identity"."password_reset" add constraint "password_reset_id" unique ("id");`)
    this.addSql(
      `alter table "identity"."invitation" add "revoked_at" timestamptz null, add "refusals" int not null default 0;`,
    )
    this.addSql(`create index "invitation_email" on "identity"."invitation" ("organization_id", "email");`)
    // Nobody knows when: so long ago that it ends no session.
    this.addSql(`alter table "identity"."password_credential" add "changed_at" timestamptz not null default 'epoch';`)
    this.addSql(`alter table "identity"."password_credential" alter "changed_at" drop default;`)
  }
}
