import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { builtFolder, readPlaygroundBuild } from './playground-build.ts'
import { assetPolicy, playgroundPolicy, renderPlaygroundPage } from './playground-page.ts'
import type { PlaygroundPaths } from './redirect-browser.ts'

/** Where the playground hangs, and how it opens. */
export interface PlaygroundOptions extends PlaygroundPaths {
  /** False when the gateway asks nobody to sign in; then the editor opens at once. Default true. */
  signIn?: boolean
  /** Folder that `npm run build:playground` filled. */
  folder?: string
}

const notBuilt = 'The playground is not built yet: run `npm run build:playground`, then reload this page.\n'
const yearSeconds = 31_536_000

/**
 * Serves GraphiQL from the gateway: the page at `{base}/playground` and its built files below it. Without a build the
 * page answers 503 with the command to run. What was built is looked up at each request, so a build made while the
 * gateway runs is served at once.
 */
export function registerPlayground(app: FastifyInstance, options: PlaygroundOptions): void {
  const { basePath, graphqlPath, signIn = true, folder = builtFolder } = options
  const pagePath = `${basePath}/playground`
  const assetsPath = `${pagePath}/assets`

  app.get(pagePath, async (_request, reply) => {
    isolate(reply).header('cache-control', 'no-store')
    const build = await readPlaygroundBuild(folder)
    if (!build) return reply.code(503).header('content-security-policy', assetPolicy).type('text/plain').send(notBuilt)
    const nonce = randomBytes(16).toString('base64')
    return reply
      .header('content-security-policy', playgroundPolicy(nonce))
      .type('text/html; charset=utf-8')
      .send(renderPlaygroundPage(build, { assetsPath, graphqlPath, signIn, nonce }))
  })

  app.get<{ Params: { name: string } }>(`${assetsPath}/:name`, async (request, reply) => {
    const { name } = request.params
    const build = await readPlaygroundBuild(folder)
    // The build's own list is asked, never the file system: a name that was not built is no path to anything.
    const type = build && Object.hasOwn(build.assets, name) ? build.assets[name] : undefined
    if (type === undefined) return reply.callNotFound()
    const zipped = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
    if (zipped) reply.header('content-encoding', 'gzip')
    return isolate(reply)
      .header('content-security-policy', assetPolicy)
      .header('cache-control', `public, max-age=${yearSeconds}, immutable`)
      .header('vary', 'accept-encoding')
      .type(type)
      .send(await readFile(join(folder, 'assets', zipped ? `${name}.gz` : name)))
  })
}

function isolate(reply: FastifyReply): FastifyReply {
  return reply
    .header('x-content-type-options', 'nosniff')
    .header('x-frame-options', 'DENY')
    .header('referrer-policy', 'no-referrer')
    .header('cross-origin-opener-policy', 'same-origin')
    .header('cross-origin-resource-policy', 'same-origin')
}
