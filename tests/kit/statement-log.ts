import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { VisitedHouse } from './house.ts'
import { waitFor } from './wait-for.ts'

/** A statement that one of the house's processes sent to PostgreSQL. */
export interface Statement {
  /** The connection's `application_name`. */
  readonly application: string
  readonly sql: string
}

const begin = /^<([\w-]*)> LOG: {2}(?:statement|execute [^:]+): /

/**
 * Has the house's PostgreSQL write every statement into its log.
 *
 * @returns reads what was sent while `work` ran
 */
export async function logStatements(
  house: VisitedHouse,
): Promise<(work: () => Promise<unknown>) => Promise<Statement[]>> {
  const file = join(house.home, 'logs', 'postgres.log')
  const length = () => readFileSync(file).length
  const from = (offset: number) => parse(readFileSync(file).subarray(offset).toString())
  await house.asSuperuser(async (client) => {
    await client.query(`alter system set log_line_prefix = '<%a> '`)
    await client.query(`alter system set log_statement = 'all'`)
    await client.query('select pg_reload_conf()')
    await waitFor('a statement in the log', async () => {
      await client.query(`set application_name = 'test'; select 'is this logged'`)
      return from(0).some(({ sql }) => sql.includes('is this logged'))
    })
  })
  return async (work) => {
    const offset = length()
    await work()
    return from(offset)
  }
}

/** Entries begin with the prefix; the further lines of a statement with a tab. */
function parse(log: string): Statement[] {
  return log
    .replaceAll('\n\t', ' ')
    .split('\n')
    .flatMap((line) => {
      const match = begin.exec(line)
      return match === null ? [] : [{ application: match[1] ?? '', sql: line.slice(match[0].length).trim() }]
    })
}

/** Whether a statement reads or changes rows: not transaction control, the tenant's setting, or a count for `totalCount`. */
export const isData = ({ sql }: Statement): boolean =>
  !/^(begin|start transaction|set |commit|rollback|savepoint|release)/i.test(sql) &&
  !/^select set_config\(/i.test(sql) &&
  !/\bcount\(/i.test(sql)
