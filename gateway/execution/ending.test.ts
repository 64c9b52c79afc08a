import { request as rawRequest } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Edge, openEdge } from '../../tests/kit/edge.ts'
import { json } from '../../tests/kit/toy-subgraph.ts'
import { openToySupergraph, type ToySupergraph } from '../../tests/kit/toy-supergraph.ts'

const asJson = { 'content-type': 'application/json' }

describe('when its client or the gateway ends, a request', () => {
  let toy: ToySupergraph
  let edge: Edge
  beforeAll(async () => {
    toy = await openToySupergraph()
    edge = await openEdge(toy, { AUTH: 'off' })
  })
  afterEach(() => {
    toy.library.requests.length = 0
    toy.library.answer = undefined
  })
  afterAll(async () => {
    await edge.close()
    await toy.close()
  })

  it('that is a query stops with its client', async () => {
    let givenUp = false
    toy.library.answer = (reply) => {
      reply.once('close', () => {
        givenUp = true
      })
    }
    const call = rawRequest(edge.graphqlUrl, { method: 'POST', headers: asJson })
    call.on('error', () => undefined).end('{"query":"{ shelf }"}')
    await expect.poll(() => toy.library.requests.length).toBe(1)
    call.destroy()
    await expect.poll(() => givenUp, { timeout: 5_000 }).toBe(true)
  })

  it('that is a mutation is finished without its client', async () => {
    let release = () => {}
    const held = new Promise<void>((done) => {
      release = done
    })
    toy.library.answer = async (reply) => {
      await held
      json(reply, 200, { data: { addBook: { id: 'b9' } } })
    }
    toy.people.requests.length = 0
    const call = rawRequest(edge.graphqlUrl, { method: 'POST', headers: asJson })
    call.on('error', () => undefined).end('{"query":"mutation { addBook(title: \\"x\\") { id } greet(id: \\"a1\\") }"}')
    await expect.poll(() => toy.library.requests.length).toBe(1)
    call.destroy()
    await new Promise((closed) => call.once('close', closed))
    release()
    await expect.poll(() => toy.people.requests.length).toBe(1)
  })

  it('that runs is finished before the gateway closes, and nothing new is taken', async () => {
    const other = await openEdge(toy, { AUTH: 'off' })
    let release = () => {}
    const held = new Promise<void>((done) => {
      release = done
    })
    toy.library.answer = async (reply) => {
      await held
      json(reply, 200, { data: { shelf: 'late' } })
    }
    const running = other.query('{ shelf }')
    await expect.poll(() => toy.library.requests.length).toBe(1)
    const closing = other.close()
    await expect.poll(() => fetch(other.origin).then(String, () => 'refused')).toBe('refused')
    release()
    expect((await running).body).toEqual({ data: { shelf: 'late' } })
    await closing
  })
})
