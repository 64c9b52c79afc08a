import { expect, test } from 'vitest'
import { describeStatement } from './trace-statements.ts'

test.each([
  ['select "a0".* from "agents"."agent" as "a0" where "a0"."id" = ?', 'SELECT agents.agent'],
  ['insert into identity.outbox (id) select ? from rows', 'INSERT identity.outbox'],
  ['update "agents"."run" set "status" = ? where "id" = ?', 'UPDATE agents.run'],
  ['select pg_advisory_xact_lock(?)', 'SELECT'],
  ['with appended as (insert into audit.event (id) values (?) returning id) select 1', 'WITH audit.event'],
  ['', 'STATEMENT'],
])('%s is told as %s', (sql, name) => {
  expect(describeStatement(sql).name).toBe(name)
})

test('what somebody wrote into a statement instead of passing it beside is not told', () => {
  const { name, attributes } = describeStatement(
    `select * from agents.agent where name = 'canary from canary.canary' and id in (select canary from "canary")`,
  )
  expect(JSON.stringify({ name, attributes })).not.toContain('canary')
})
