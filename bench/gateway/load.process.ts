import { Pool } from 'undici'

/** A number of requests, `concurrency` at once, all of one operation. */
export interface Load {
  readonly url: string
  readonly query: string
  readonly requests: number
  readonly concurrency: number
}

process.on('message', async ({ url, query, requests, concurrency }: Load) => {
  const { origin, pathname } = new URL(url)
  const pool = new Pool(origin, { connections: concurrency })
  const body = JSON.stringify({ query })
  const headers = { 'content-type': 'application/json' }
  let left = requests
  let first: string | undefined
  const client = async () => {
    while (left > 0) {
      left -= 1
      const answer = await pool.request({ method: 'POST', path: pathname, headers, body })
      const text = await answer.body.text()
      first ??= text
      if (answer.statusCode !== 200 || text.length !== first.length)
        throw new Error(`${url} answered ${answer.statusCode}: ${text.slice(0, 500)}`)
    }
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: concurrency }, client))
  const tookMs = performance.now() - start
  await pool.close()
  process.send?.({ tookMs, answer: first })
})
