import { Migration } from '@mikro-orm/migrations'

export class TagEnvironments extends Migration {
  override up(): void {
    this.addSql(`alter table "agents"."agent" add "environment" varchar(20) not null default 'PRODUCTION';`)
    this.addSql(`alter table "agents"."agent_version" add "environment" varchar(20) not null default 'PRODUCTION';`)
    this.addSql(`alter table "agents"."run" add "environment" varchar(20) not null default 'PRODUCTION';`)
  }
}
