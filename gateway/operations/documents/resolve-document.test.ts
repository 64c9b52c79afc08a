import { buildSchema } from 'graphql'
import { Registry } from 'prom-client'
import { describe, expect, test } from 'vitest'
import { createLogger } from '#platform/log/logger'
import { type DocumentsMode, defaultProfile } from '../clients/client-profile.ts'
import { AutomaticDocuments, type SharedTexts } from './automatic-documents.ts'
import { documentFile, sha256 } from './document-file.ts'
import { type DocumentParams, persistedHashOf, resolveDocument } from './resolve-document.ts'
import { TrustedDocuments } from './trusted-documents.ts'
import { UnregisteredOperations } from './unregistered-operations.ts'

const schema = buildSchema('type Query { shelf: String floor: String }')
const shelf = 'query Shelf {\n  shelf\n}\n'
const floor = 'query Floor { floor }'

async function open(mode: DocumentsMode, { apq = true, shared = null as SharedTexts | null } = {}) {
  const registry = new Registry()
  const lines: Record<string, unknown>[] = []
  const parts = { service: 'test', version: '1', environment: 'test', level: 'info' }
  const log = createLogger(parts, { write: (line) => void lines.push(JSON.parse(line)) })
  const stores = {
    trusted: await TrustedDocuments.over(schema, [documentFile('web', 'shelf.graphql', shelf)]),
    automatic: apq ? new AutomaticDocuments({ shared }) : null,
    unregistered: new UnregisteredOperations(registry, log),
  }
  stores.unregistered.tellApart(['Shelf'])
  const client = { ...defaultProfile, name: 'web', documents: mode }
  const ask = async (params: Partial<DocumentParams>) =>
    resolveDocument({ query: null, documentId: null, hash: null, operationName: null, ...params }, client, stores)
  const refusal = (params: Partial<DocumentParams>) =>
    ask(params).then(
      () => 'none',
      (error) => error.code,
    )
  const counted = async () => {
    const metric = await registry.getSingleMetric('gateway_unregistered_operations_total')?.get()
    return metric?.values.map(({ labels, value }) => ({ ...(labels as Record<string, string>), value }))
  }
  return { ask, refusal, counted, lines }
}

const modes = ['off', 'audit', 'enforce'] as const

describe('what a request asks for', () => {
  test.each(modes)('is a registered document by its id, its name or its text: %s', async (mode) => {
    const { ask, counted } = await open(mode)
    const found = { text: shelf, registered: 'web', keep: null }
    expect(await ask({ documentId: `sha256:${sha256(shelf)}` })).toEqual(found)
    expect(await ask({ documentId: 'Shelf' })).toEqual(found)
    expect(await ask({ hash: sha256(shelf) })).toEqual(found)
    expect(await ask({ query: shelf })).toEqual(found)
    expect(await ask({ query: 'query Shelf { shelf }' })).toEqual({ ...found, text: 'query Shelf { shelf }' })
    expect(await counted()).toEqual([])
  })

  test.each(modes)('is not understood when it is nothing, two things, or an id of nothing: %s', async (mode) => {
    const { refusal } = await open(mode)
    expect(await refusal({})).toBe('BAD_USER_INPUT')
    expect(await refusal({ query: shelf, documentId: 'Shelf' })).toBe('BAD_USER_INPUT')
    expect(await refusal({ documentId: `sha256:${sha256(floor)}` })).toBe('DOCUMENT_NOT_FOUND')
    expect(await refusal({ documentId: 'Floor' })).toBe('DOCUMENT_NOT_FOUND')
  })

  test('is anything while registration is off or audited; audited it is counted and said once in the log', async () => {
    for (const mode of ['off', 'audit'] as const) {
      const { ask, counted, lines } = await open(mode)
      for (const _time of [1, 2])
        expect(await ask({ query: floor })).toEqual({ text: floor, registered: null, keep: null })
      await ask({ query: '{ floor }' })
      expect(await counted()).toEqual([
        { client: 'web', operation: 'Floor', outcome: 'let_through', value: 2 },
        { client: 'web', operation: 'unnamed', outcome: 'let_through', value: 1 },
      ])
      expect(lines.map(({ msg, operationName }) => [msg, operationName])).toEqual(
        mode === 'off'
          ? []
          : [
              ['unregistered operation', 'Floor'],
              ['unregistered operation', 'unnamed'],
            ],
      )
    }
  })

  test('is refused unless it is registered where that is enforced, in whatever way it comes', async () => {
    const { refusal, counted } = await open('enforce')
    expect(await refusal({ query: floor })).toBe('OPERATION_NOT_ALLOWED')
    expect(await refusal({ query: floor, hash: sha256(floor) })).toBe('OPERATION_NOT_ALLOWED')
    expect(await refusal({ hash: sha256(floor) })).toBe('OPERATION_NOT_ALLOWED')
    expect(await refusal({ query: `${shelf} ${floor}` })).toBe('OPERATION_NOT_ALLOWED')
    expect(await refusal({ query: 'no graphql {' })).toBe('OPERATION_NOT_ALLOWED')
    expect(await counted()).toEqual([
      { client: 'web', operation: 'Floor', outcome: 'refused', value: 2 },
      { client: 'web', operation: 'Shelf', outcome: 'refused', value: 1 },
      { client: 'web', operation: 'unnamed', outcome: 'refused', value: 1 },
    ])
  })

  test('is counted by so many names and no more, those of registered operations always among them', async () => {
    const { ask, counted } = await open('off')
    for (let each = 0; each < 150; each += 1) await ask({ query: `query Made${each} { floor }` })
    await ask({ query: `query ${'x'.repeat(200)} { floor }` })
    await ask({ query: 'query Shelf { floor }' })
    const names = (await counted())?.map((line) => Object.values(line).slice(1))
    expect(names).toHaveLength(102)
    expect(names).toContainEqual(['other', 'let_through', 51])
    expect(names).toContainEqual(['Shelf', 'let_through', 1])
  })
})

describe('a hash without a text', () => {
  test('is answered by asking for the text, and once that has proven valid the hash is enough', async () => {
    const { ask, refusal } = await open('off')
    const hash = sha256(floor)
    expect(await refusal({ hash })).toBe('PERSISTED_QUERY_NOT_FOUND')
    const first = await ask({ hash, query: floor })
    expect(await refusal({ hash })).toBe('PERSISTED_QUERY_NOT_FOUND')
    first.keep?.()
    expect(await ask({ hash })).toEqual({ text: floor, registered: null, keep: null })
  })

  test('is of no use with another text', async () => {
    const { refusal } = await open('off')
    expect(await refusal({ hash: sha256(shelf), query: floor })).toBe('BAD_USER_INPUT')
  })

  test('is not supported where that is switched off, and with its text it is the text', async () => {
    const { ask, refusal } = await open('off', { apq: false })
    expect(await refusal({ hash: sha256(floor) })).toBe('PERSISTED_QUERY_NOT_SUPPORTED')
    expect(await ask({ hash: sha256(floor), query: floor })).toMatchObject({ text: floor, keep: null })
    expect(await ask({ hash: sha256(shelf) })).toMatchObject({ registered: 'web' })
  })

  test('is found where another gateway kept the text, unless something else stands there', async () => {
    const texts = new Map<string, string>()
    const shared: SharedTexts = {
      get: async (hash) => texts.get(hash) ?? null,
      set: async (hash, text) => void texts.set(hash, text),
    }
    const one = await open('off', { shared })
    const other = await open('off', { shared })
    const hash = sha256(floor)
    ;(await one.ask({ hash, query: floor })).keep?.()
    texts.set(sha256('{ shelf }'), floor)
    expect((await other.ask({ hash })).text).toBe(floor)
    expect(await other.refusal({ hash: sha256('{ shelf }') })).toBe('PERSISTED_QUERY_NOT_FOUND')
  })

  test.each([
    ['their number', { textsMax: 2 }, ['a', 'b', 'c'], [false, true, true]],
    ['the size of one', { textCharsMax: 2 }, ['a', 'bbb'], [true, false]],
    ['the size of all', { charsMax: 200 }, ['a', 'b', 'c', 'd'], [false, true, true, true]],
  ])('keeps texts within a bound on %s', async (_what, options, texts, expected) => {
    const automatic = new AutomaticDocuments({ shared: null, ...options })
    for (const text of texts) automatic.keep(sha256(text), text)
    const found = await Promise.all(texts.map((text) => automatic.get(sha256(text))))
    expect(found.map((text) => text !== undefined)).toEqual(expected)
  })
})

test('the hash of a request is version 1 and a SHA-256, or none', () => {
  const hash = 'a'.repeat(64)
  expect(persistedHashOf({ persistedQuery: { version: 1, sha256Hash: hash } })).toBe(hash)
  expect([persistedHashOf({}), persistedHashOf({ persistedQuery: null })]).toEqual([null, null])
  for (const persistedQuery of [
    {},
    7,
    { version: 2, sha256Hash: hash },
    { version: 1 },
    { version: 1, sha256Hash: 'A'.repeat(64) },
  ])
    expect(() => persistedHashOf({ persistedQuery })).toThrow()
})
