import { GraphQLError } from 'graphql'
import { expect, inject, test } from 'vitest'
import { identityDatabase } from '../../subgraphs/identity/orm.ts'
import { openDatabase } from '../db/database.ts'
import { createLogger } from '../log/logger.ts'
import { formatError } from './format-error.ts'

const log = createLogger({ service: 'test', version: '0', environment: 'test', level: 'silent' })

test('a question for which no connection to the database becomes free in time is refused as too much at once', async () => {
  const url = inject('environment').IDENTITY_DATABASE_URL ?? ''
  const db = await openDatabase(identityDatabase, { url, poolMax: 1 })
  const taken = Promise.withResolvers<void>()
  const refusal = Promise.withResolvers<void>()
  const held = db.orm.em.fork().transactional(async (em) => {
    await em.execute('select 1')
    taken.resolve()
    await refusal.promise
  })
  await taken.promise
  const refused = await db.orm.em
    .fork()
    .transactional((em) => em.execute('select 1'))
    .catch((error: unknown) => error)
  const wrapped = new GraphQLError('x', { originalError: refused as Error })
  expect(formatError({ message: 'x', path: ['a'] }, wrapped, 'r', log)).toEqual({
    message: 'Too much is asked at once right now. Ask for less at a time, or try again in a moment.',
    path: ['a'],
    extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
  })
  refusal.resolve()
  await held
  await db.orm.close()
})
