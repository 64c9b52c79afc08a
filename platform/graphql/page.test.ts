import { expect, test } from 'vitest'
import { newId } from '../id.ts'
import { pageOf, pageWindow } from './page.ts'

const rows = Array.from({ length: 5 }, () => ({ id: newId() })).toReversed()
const count = async () => rows.length

test('a first page knows that there is more, and its end cursor leads to the rest', () => {
  const window = pageWindow({ first: 2 })
  const page = pageOf(rows.slice(0, 3), window, count)
  expect(page.edges.map((edge) => edge.node)).toEqual(rows.slice(0, 2))
  expect(page.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false })
  expect(pageWindow({ first: 2, after: page.pageInfo.endCursor })).toMatchObject({ from: rows[1]?.id, forward: true })
})

test('a page backward is read oldest first and shown newest first', () => {
  const window = pageWindow({ last: 2, before: pageOf(rows, pageWindow({ first: 5 }), count).edges[3]?.cursor ?? '' })
  const read = rows.slice(0, 3).toReversed()
  expect(pageOf(read, window, count).edges.map((edge) => edge.node)).toEqual([rows[1], rows[2]])
})

test.each([{ first: 101 }, { first: -1 }, { first: 1, last: 1 }, { after: 'bm9uc2Vuc2U' }, { before: '!' }])(
  '%o is refused',
  (args) => {
    expect(() => pageWindow(args)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }))
  },
)
