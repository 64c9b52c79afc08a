import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { clientFolder } from '../../../tests/kit/client-folder.ts'
import { ask, type Edge, openEdge } from '../../../tests/kit/edge.ts'
import { openToySupergraph } from '../../../tests/kit/toy-supergraph.ts'
import { waitFor } from '../../../tests/kit/wait-for.ts'

const asJson = { 'content-type': 'application/json' }

async function open(operations: Record<string, string>) {
  const toy = await openToySupergraph({ signed: false })
  onTestFinished(() => toy.close())
  const { folder, remove } = clientFolder({ default: { profile: { documents: 'enforce' }, operations } })
  onTestFinished(remove)
  const edge = await openEdge(toy, { AUTH: 'off', CLIENTS_PATH: folder, SUPERGRAPH_POLL_MS: '50' })
  onTestFinished(() => edge.close())
  return { toy, edge, operation: (name: string) => join(folder, 'default/operations', `${name}.graphql`) }
}

const answerTo = async (edge: Edge, documentId: string) =>
  (await ask(`${edge.graphqlUrl}?documentId=${documentId}`, { headers: asJson })).body

const reloadsOf = async (edge: Edge, result: string) => {
  const { text } = await ask(`${edge.opsOrigin}/metrics`)
  return Number(new RegExp(`gateway_supergraph_reloads_total\\{.*result="${result}".*\\} (\\d+)`).exec(text)?.[1])
}

test('with another supergraph come the operations that were registered meanwhile, and go those whose file is gone', async () => {
  const { toy, edge, operation } = await open({ shelf: 'query Shelf { shelf }' })
  expect(await answerTo(edge, 'Shelf')).toEqual({ data: { shelf: 'north' } })
  rmSync(operation('shelf'))
  writeFileSync(operation('one'), 'query One { book(id: "b1") { title } }')
  writeFileSync(toy.path, `${toy.sdl}\n# anew`)
  await waitFor('the reload', async () => (await reloadsOf(edge, 'taken')) === 1)
  expect(await answerTo(edge, 'One')).toEqual({ data: { book: { title: 'Rivers' } } })
  expect((await answerTo(edge, 'Shelf')).errors?.[0]?.extensions.code).toBe('DOCUMENT_NOT_FOUND')
})

test('a supergraph that would lose a registered operation is not taken, and the operation goes on being answered', async () => {
  const { toy, edge } = await open({ shelf: 'query Shelf { shelf }' })
  writeFileSync(toy.path, toy.sdl.replace(/^\s*shelf: .*$/m, ''))
  await waitFor('the refusal', async () => (await reloadsOf(edge, 'refused')) === 1)
  expect(await answerTo(edge, 'Shelf')).toEqual({ data: { shelf: 'north' } })
})
