import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import Fastify from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type PlaygroundOptions, registerPlayground } from './playground.ts'

const script = 'console.log("built")'

describe('the playground’s routes', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'playground-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  async function build() {
    await mkdir(join(folder, 'assets'))
    const assets = {
      'main-1.js': 'text/javascript; charset=utf-8',
      'main-1.css': 'text/css; charset=utf-8',
      'icon-1.svg': 'image/svg+xml',
    }
    for (const name of Object.keys(assets)) {
      await writeFile(join(folder, 'assets', name), script)
      await writeFile(join(folder, 'assets', `${name}.gz`), gzipSync(script))
    }
    await writeFile(join(folder, 'assets', 'unlisted.js'), 'unlisted')
    const names = { entry: 'main-1.js', styles: ['main-1.css'], icon: 'icon-1.svg' }
    await writeFile(join(folder, 'build.json'), JSON.stringify({ inputs: '1', ...names, assets }))
  }

  function open(options: Partial<PlaygroundOptions> = {}) {
    const app = Fastify()
    registerPlayground(app, { basePath: '/api', graphqlPath: '/api/graphql', folder, ...options })
    return (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers })
  }

  it('serve a page that names nothing outside the gateway and runs nothing inline', async () => {
    await build()
    const page = await open()('/api/playground')
    expect(page.statusCode).toBe(200)
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(page.body).not.toMatch(/https?:|<style|style=|javascript:|\son\w+=/)
    expect(page.body).toContain('<script type="module" src="/api/playground/assets/main-1.js"></script>')
    expect(page.body).toContain('data-graphql-path="/api/graphql" data-sign-in="on"')
  })

  it('hold the page to a strict policy, with a fresh nonce for styles each time', async () => {
    await build()
    const get = open()
    const [first, second] = [await get('/api/playground'), await get('/api/playground')]
    const nonceOf = (body: string) => /nonce="([^"]+)"/.exec(body)?.[1]
    expect(nonceOf(first.body)).toMatch(/^[A-Za-z0-9+/]{22}==$/)
    expect(nonceOf(first.body)).not.toBe(nonceOf(second.body))
    const policy = Object.fromEntries(
      String(first.headers['content-security-policy'])
        .split('; ')
        .map((rule) => rule.split(/ (.*)/s).slice(0, 2)),
    )
    expect(policy).toEqual({
      'default-src': "'none'",
      'script-src': "'self'",
      'worker-src': "'self'",
      'style-src': `'self' 'nonce-${nonceOf(first.body)}'`,
      'style-src-attr': "'unsafe-inline'",
      'connect-src': "'self'",
      'img-src': "'self' data:",
      'font-src': "'self'",
      'form-action': "'self'",
      'base-uri': "'none'",
      'frame-ancestors': "'none'",
    })
  })

  it('keep the page out of caches and both page and files out of other origins', async () => {
    await build()
    const get = open()
    const isolation = {
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    }
    expect((await get('/api/playground')).headers).toMatchObject({ ...isolation, 'cache-control': 'no-store' })
    expect((await get('/api/playground/assets/main-1.js')).headers).toMatchObject(isolation)
  })

  it('serve built files for a year, under a policy of their own, gzipped when that is wanted', async () => {
    await build()
    const get = open()
    const plain = await get('/api/playground/assets/main-1.js')
    expect(plain.body).toBe(script)
    expect(plain.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      'content-security-policy': expect.stringContaining("default-src 'none'; script-src 'self'"),
      vary: 'accept-encoding',
    })
    const zipped = await get('/api/playground/assets/main-1.js', { 'accept-encoding': 'gzip, br' })
    expect(zipped.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(zipped.rawPayload).toString()).toBe(script)
  })

  it.each([
    '../build.json',
    '..%2fbuild.json',
    '%2e%2e%2fbuild.json',
    '..%5cbuild.json',
    '%2fetc%2fpasswd',
    'main-1.js%00',
    'main-1.js/../../build.json',
    'main-1.js.gz',
    'unlisted.js',
    'constructor',
    '__proto__',
    '',
  ])('serve nothing but what was built: not "%s"', async (name) => {
    await build()
    const reply = await open()(`/api/playground/assets/${name}`)
    expect([400, 404]).toContain(reply.statusCode)
    expect(reply.body).not.toContain('inputs')
  })

  it('answer 503 with the command to run when nothing was built, and serve a later build at once', async () => {
    const get = open()
    const before = await get('/api/playground')
    expect(before.statusCode).toBe(503)
    expect(before.body).toContain('npm run build:playground')
    expect((await get('/api/playground/assets/main-1.js')).statusCode).toBe(404)
    await build()
    expect((await get('/api/playground')).statusCode).toBe(200)
  })

  it('work without a base path and without sign-in, and escape what they are given', async () => {
    await build()
    const page = await open({ basePath: '', graphqlPath: '/graph"ql&<', signIn: false })('/playground')
    expect(page.body).toContain('data-graphql-path="/graph&quot;ql&amp;&lt;" data-sign-in="off"')
    expect(page.body).toContain('src="/playground/assets/main-1.js"')
  })
})
