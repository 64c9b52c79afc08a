import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Description, Span } from '../telemetry/span.ts'
import { schemas } from './schemas.ts'

/** What the ORM tells of a statement that has ended; `took` in milliseconds, absent of those that open or close. */
export interface EndedStatement {
  readonly query?: string
  readonly took?: number
  readonly level?: string
}

type TellStatement = (statement: EndedStatement) => void

const name = 'tellStatement'

/**
 * What an EntityManager hands to the ORM's logger with each of its statements: how to tell the span that they belong to.
 * A function, for the ORM would copy an object.
 */
export const statementsOf = (span: Span | undefined): Record<string, TellStatement> =>
  span?.recording === true ? { [name]: (statement) => addStatement(span, statement) } : {}

/** Has an EntityManager tell of the statements written by hand too: of those the ORM tells only what came with each. */
export function traceExecute(em: SqlEntityManager, span: Span | undefined): SqlEntityManager {
  if (span?.recording !== true) return em
  const execute = em.execute.bind(em) as (...args: unknown[]) => Promise<never>
  const telling = statementsOf(span)
  em.execute = ((query: string, params: unknown[] = [], method = 'all') =>
    execute(query, params, method, telling)) as SqlEntityManager['execute']
  return em
}

/** Tells whom the statement belongs to, if anybody records it. */
export function tellStatement(context: EndedStatement): void {
  const tell = (context as Record<string, unknown>)[name]
  if (typeof tell === 'function') (tell as TellStatement)(context)
}

function addStatement(span: Span, { query = '', took, level }: EndedStatement): void {
  if (took === undefined) return
  const endedAt = performance.now()
  span.addEnded(endedAt - took, endedAt, () => describeStatement(query), level === 'error' ? 'SQL' : undefined)
}

const verb = /^\s*(\w+)/
const table = new RegExp(`\\b(?:from|into|update)\\s+"?(${schemas.join('|')})"?\\."?(\\w+)"?`, 'i')

/**
 * Verb and first table of a statement, such as `SELECT agents.run`. Never its text: what somebody once writes into it
 * instead of passing it beside would leave with the trace. OpenTelemetry, database spans: `db.query.summary`.
 */
export function describeStatement(sql: string): Description {
  const operation = (verb.exec(sql)?.[1] ?? 'statement').toUpperCase()
  const [, schema, collection] = table.exec(sql) ?? []
  const summary = collection === undefined ? operation : `${operation} ${schema}.${collection}`
  return {
    name: summary,
    attributes: { 'db.system.name': 'postgresql', 'db.operation.name': operation, 'db.query.summary': summary },
  }
}
