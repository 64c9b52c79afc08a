import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, CDPSession } from 'playwright-core'

/** A credential as the DevTools protocol's WebAuthn domain knows it. */
export interface VirtualCredential {
  readonly credentialId: string
  readonly signCount: number
}

/** A page of a frontend, on a device with an authenticator of its own. */
export interface PasskeyPage {
  /** What the page sends after `navigator.credentials.create`. */
  create(options: object): Promise<object>
  /** What the page sends after `navigator.credentials.get`. */
  get(options: object): Promise<object>
  /** Whether the device will recognize its owner's finger from now on. */
  setUserVerified(verified: boolean): Promise<void>
  credentials(): Promise<VirtualCredential[]>
  /** Puts a credential into the authenticator, in place of one with its id. */
  put(credential: VirtualCredential): Promise<void>
  close(): Promise<void>
}

/** Serves an empty page on `http://localhost:<free port>`, which browsers trust like HTTPS. */
export async function servePage(): Promise<{ origin: string; close(): void }> {
  const server = createServer((_request, reply) => {
    reply.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>A frontend</title>')
  })
  await new Promise<void>((listening) => server.listen(0, 'localhost', listening))
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  return {
    origin,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** Opens a page in a real browser, whose authenticator is virtual: it keeps keys and signs as a device's own does. */
export async function openPasskeyPage(browser: Browser, origin: string): Promise<PasskeyPage> {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(origin)
  const cdp: CDPSession = await context.newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  const ask = (verb: 'create' | 'get', parse: string, options: object) =>
    page.evaluate<object>(`(async () => {
      const publicKey = PublicKeyCredential.${parse}(${JSON.stringify(options)})
      return (await navigator.credentials.${verb}({ publicKey })).toJSON()
    })()`)
  const removed = (credentialId: string) =>
    cdp.send('WebAuthn.removeCredential', { authenticatorId, credentialId }).catch(() => undefined)
  return {
    create: (options) => ask('create', 'parseCreationOptionsFromJSON', options),
    get: (options) => ask('get', 'parseRequestOptionsFromJSON', options),
    setUserVerified: async (isUserVerified) => {
      await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified })
    },
    credentials: async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
    put: async (credential) => {
      await removed(credential.credentialId)
      await cdp.send('WebAuthn.addCredential', { authenticatorId, credential: credential as never })
    },
    close: () => context.close(),
  }
}
