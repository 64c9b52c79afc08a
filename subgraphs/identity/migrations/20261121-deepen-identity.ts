import { Migration } from '@mikro-orm/migrations'

export class DeepenIdentity extends Migration {
  override up(): void {
    this.addSql(
      `create table "identity"."revocation" ("sequence" bigserial primary key, "subject" varchar(120) not null, "created_at" timestamptz not null, "expires_at" timestamptz not null);`,
    )
    this.addSql(`create index "revocation_expiry" on "identity"."revocation" ("expires_at");`)
    this.addSql(
      `create table "identity"."role" ("organization_id" uuid not null, "id" uuid not null, "name" varchar(50) not null, "description" varchar(300) not null, "scopes" text[] not null, "created_at" timestamptz not null, primary key ("organization_id", "id"));`,
    )
    this.addSql(`alter table "identity"."role" add constraint "role_name" unique ("organization_id", "name");`)
    this.addSql(`alter table "identity"."membership" add "deactivated_at" timestamptz null;`)
    this.addSql(
      `alter table "identity"."session" add "spent_hash" varchar(64) null, add "user_agent" varchar(200) null, add "authenticated_at" timestamptz not null default 'epoch', add "methods" text[] not null default '{pwd}';`,
    )
    // Nobody knows when those who are signed in proved who they are: not lately.
    this.addSql(`alter table "identity"."session" alter "authenticated_at" drop default, alter "methods" drop default;`)
    this.addSql(
      `alter table "identity"."user" add "kind" text not null default 'person', add "organization_ids" text[] not null default '{}';`,
    )
    // The policy holds for the owner too: for this one statement it has to see the memberships of all organizations.
    this.addSql(`alter table "identity"."membership" no force row level security;`)
    this.addSql(
      `update identity.user u set organization_ids = array[u.home_organization_id::text] || array(
         select m.organization_id::text from identity.membership m
         where m.user_id = u.id and m.organization_id <> u.home_organization_id order by m.created_at);`,
    )
    this.addSql(`alter table "identity"."membership" force row level security;`)
    this.addSql(`alter table "identity"."user" drop "home_organization_id", alter "organization_ids" drop default;`)
    this.addSql(
      `alter table "identity"."user" add constraint "user_kind_check" check ("kind" in ('person', 'service'));`,
    )
    this.addSql(`alter table "identity"."role" enable row level security;`)
    this.addSql(`alter table "identity"."role" force row level security;`)
    this.addSql(
      `create policy "tenant" on "identity"."role" using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);`,
    )
  }
}
