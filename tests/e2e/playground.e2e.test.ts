import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { DevFile } from '../../scripts/up/dev-file.ts'
import { controlsWithoutName, openBrowser, openWatchedPage, type WatchedPage } from '../kit/browser.ts'
import { newAgent } from '../kit/house-runs.ts'
import { newOwner, type Person } from '../kit/people.ts'
import { authenticatorOf } from '../kit/second-factor.ts'
import { sharedHouse } from '../kit/shared-house.ts'

/** The page makes its editors in no particular order. */
const operationEditor = `__MONACO.editor.getEditors().find((each) => each.getModel()?.uri.path.endsWith('operation.graphql'))`

const patience = { timeout: 15_000 }

describe('the playground in a browser', () => {
  let dev: DevFile
  let owner: Person
  let browser: Browser
  let watched: WatchedPage
  let page: Page

  beforeAll(async () => {
    browser = await openBrowser()
    const shared = await sharedHouse()
    dev = shared.house.dev
    owner = await newOwner(shared, 'Acme')
    await newAgent(shared, owner, { name: 'gardener' })
  })
  afterAll(() => browser?.close())

  beforeEach(async () => {
    watched = await openWatchedPage(browser, new URL(dev.playgroundUrl).origin)
    page = watched.page
  })
  afterEach(() => watched.close())

  const editor = () => page.getByRole('region', { name: 'Operation Editor' })
  const answerTo = (operation: string) =>
    page.waitForResponse((response) => response.request().postData()?.includes(operation) ?? false)
  const storage = async () => JSON.stringify(await page.context().storageState({ indexedDB: true }))
  const answer = () => page.locator('.graphiql-response')

  /** As a person would without a mouse: the email field has the focus from the start. */
  async function signIn(password: string, { email }: Pick<Person, 'email'> = owner) {
    await page.goto(dev.playgroundUrl)
    await page.locator('input[name="email"]:focus').waitFor()
    await page.keyboard.type(email)
    await page.keyboard.press('Tab')
    await page.keyboard.type(password)
    await page.keyboard.press('Enter')
  }

  async function openEditor(account: Pick<Person, 'email' | 'password'> = owner) {
    await signIn(account.password, account)
    await page.getByRole('region', { name: 'Signed in' }).waitFor()
    await editor().locator('.view-line').first().waitFor()
  }

  it('meets whoever opens the GraphQL endpoint, with a way in that needs no mouse and hides no schema error', async () => {
    await page.goto(dev.graphqlUrl)
    expect(page.url()).toBe(dev.playgroundUrl)
    await page.getByRole('heading', { name: 'Sign in to explore the API' }).waitFor()
    expect(await page.title()).toBe('ForgeOps Playground')
    expect(await page.locator('html').getAttribute('lang')).toBe('en')
    expect(await page.getByRole('main').count()).toBe(1)
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1)
    expect(await controlsWithoutName(page)).toEqual([])
    expect(watched.faults).toEqual([])
  })

  it('tells in words that a password is wrong, and lets the person try again', async () => {
    await signIn('not the password')
    await expect.poll(() => page.getByRole('alert').textContent(), patience).toMatch(/wrong/)
    expect(await page.getByRole('button', { name: 'Sign in' }).isEnabled()).toBe(true)
    expect(watched.faults.filter((fault) => !fault.startsWith('console error: Failed to load resource'))).toEqual([])
  })

  it('signs in, loads the schema and answers the first query, asking nobody but the gateway', async () => {
    await openEditor()
    const account = page.getByRole('region', { name: 'Signed in' })
    expect(await account.textContent()).toContain('owner')

    await page.getByRole('button', { name: /^Execute query/ }).click()
    await answer().getByText('gardener').waitFor()
    expect(await answer().textContent()).toContain('"viewer"')

    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click()
    await page.getByRole('link', { name: 'Query', exact: true }).click()
    await page.getByRole('link', { name: 'agents', exact: true }).waitFor()
    expect(await controlsWithoutName(page)).toEqual([])
    expect(watched.faults).toEqual([])
  })

  it('completes from the schema, runs by keyboard, prettifies, and remembers what was run', async () => {
    await openEditor()
    await editor().locator('.view-lines').click()
    await page.keyboard.press('Control+A')
    await page.keyboard.type('query Mine { viewer { organization { na')
    await page.keyboard.press('Control+Space')
    await page.locator('.suggest-widget.visible').getByText('name', { exact: true }).first().waitFor()
    await page.keyboard.press('Enter')
    await expect.poll(storage, patience).toContain('organization { name')
    await page.keyboard.press('Control+Enter')
    await answer().getByText('"organization"').waitFor()
    await page.getByRole('button', { name: /^Prettify query/ }).click()
    await expect.poll(() => editor().locator('.view-line').count(), patience).toBeGreaterThan(3)

    await editor().locator('.view-lines').click()
    await page.keyboard.press('Control+A')
    await page.keyboard.type('{ noSuchField }')
    await editor().locator('.squiggly-error').first().waitFor({ state: 'attached' })

    await page.getByRole('button', { name: 'Show History' }).click()
    await page.getByRole('region', { name: 'History' }).getByText('Mine').waitFor()
    expect(watched.faults).toEqual([])
  })

  it('keeps neither password nor token anywhere in the browser, and forgets them on sign-out', async () => {
    const login = answerTo('mutation Login')
    await openEditor()
    const { accessToken, refreshToken } = (await (await login).json()).data.login
    const secrets = { password: owner.password, accessToken, refreshToken }
    await page.getByRole('button', { name: /^Execute query/ }).click()
    await answer().getByText('gardener').waitFor()
    await expect.poll(storage, patience).toContain('graphiql:tabState')
    await expect.poll(storage, patience).toContain('graphiql:queries')
    const again = `mutation Again {
      login(input: { email: "kept@example.com", password: ${JSON.stringify(owner.password)} }) { __typename }
    }`
    await page.evaluate(`${operationEditor}.setValue(${JSON.stringify(again)})`)
    await expect.poll(storage, patience).toContain('kept@example.com')
    await page.getByRole('button', { name: /^Execute query/ }).click()
    await expect.poll(() => answer().textContent(), patience).toContain('"login"')

    const session = await page.evaluate<string>('JSON.stringify(sessionStorage)')
    const places = [await storage(), session, page.url()].join('\n')
    expect(
      Object.entries(secrets)
        .filter(([, secret]) => places.includes(secret))
        .map(([name]) => name),
    ).toEqual([])

    const logout = answerTo('mutation Logout')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Email').waitFor()
    expect(await page.content()).not.toContain('gardener')
    expect(await page.evaluate('__MONACO.editor.getModels().length')).toBe(0)
    await logout
    const afterwards = await page.request.post(dev.graphqlUrl, {
      data: {
        query: 'mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { expiresIn } }',
        variables: { input: { refreshToken } },
      },
    })
    expect((await afterwards.json()).errors).toHaveLength(1)
    expect(watched.faults).toEqual([])
  })

  it('opens without an account too, saying what that hides instead of failing', async () => {
    await page.goto(dev.playgroundUrl)
    await page.getByRole('button', { name: 'Open the editor without an account' }).click()
    await editor().locator('.view-line').first().waitFor()
    expect(await page.getByRole('status').first().textContent()).toContain('the schema stays hidden')
    expect(await page.getByRole('button', { name: /Documentation/ }).count()).toBe(0)
    expect(watched.faults).toEqual([])
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByLabel('Email').waitFor()
  })

  it('follows the device between light and dark, and the person’s choice above that', async () => {
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.goto(dev.playgroundUrl)
    const background = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
    const dark = await background()
    await page.emulateMedia({ colorScheme: 'light' })
    await expect.poll(background, patience).not.toBe(dark)
    await page.getByLabel('Theme').selectOption('dark')
    await expect.poll(background, patience).toBe(dark)
    await page.reload()
    await expect.poll(background, patience).toBe(dark)
    expect(watched.faults).toEqual([])
  })

  const write = (text: string) => page.evaluate(`${operationEditor}.setValue(${JSON.stringify(text)})`)
  const typed = () => page.evaluate<string>(`${operationEditor}.getValue()`)
  const panel = () => page.getByRole('region', { name: 'About this operation' }).getByRole('tabpanel')
  const openTab = (name: string) => page.getByRole('tab', { name, exact: true }).click()

  it('puts fields into the operation and takes them out again from a tree that needs no mouse', async () => {
    await openEditor()
    await write('query Mine { viewer { roles } }')
    await page.getByRole('button', { name: 'Show Explorer' }).click()
    const tree = page.getByRole('region', { name: 'Explorer' })
    await expect.poll(() => tree.getByRole('checkbox', { name: 'viewer.roles' }).isChecked(), patience).toBe(true)
    await tree.getByRole('searchbox', { name: 'Find a field' }).fill('viewer')
    await tree.getByRole('checkbox', { name: 'viewer.scopes' }).focus()
    await page.keyboard.press('Space')
    await expect.poll(typed, patience).toMatch(/roles\s+scopes/)
    await page.keyboard.press('Space')
    await expect.poll(typed, patience).not.toContain('scopes')
    expect(await controlsWithoutName(page)).toEqual([])
    expect(watched.faults).toEqual([])
  })

  it('shows the plan to operators, cost and access to everybody, and lets operators look as another role', async () => {
    await openEditor(dev)
    await write(
      'query Trail { viewer { roles } agents(first: 5) { edges { node { id } } } auditEvents(first: 2) { totalCount } }',
    )
    await openTab('Access')
    await panel().getByText('hasScope(audit:read)').first().waitFor()
    expect(
      await panel()
        .getByRole('row', { name: /^auditEvents allowed/ })
        .count(),
    ).toBe(1)
    await page.getByRole('button', { name: /^Execute query/ }).click()
    await openTab('Cost')
    await expect.poll(() => panel().textContent(), patience).toMatch(/The last run\d+ points/)

    await openTab('Plan')
    await panel().getByRole('button', { name: 'Work as one of them' }).click()
    await page.getByLabel('View as').waitFor()
    await editor().locator('.view-line').first().waitFor()
    await openTab('Plan')
    for (const subgraph of ['identity', 'agents', 'audit'])
      await panel().getByText(subgraph, { exact: true }).first().waitFor()
    await openTab('Cost')
    await expect.poll(() => panel().textContent(), patience).toMatch(/At most\d+ points/)

    await page.getByLabel('View as').selectOption('viewer')
    await page.getByText('You look as viewer').waitFor()
    await page.getByRole('button', { name: /^Execute query/ }).click()
    await expect.poll(() => answer().textContent(), patience).toContain('UNAUTHORIZED_FIELD_OR_TYPE')
    await openTab('Access')
    await expect
      .poll(
        () =>
          panel()
            .getByRole('row', { name: /^auditEvents denied/ })
            .count(),
        patience,
      )
      .toBe(1)
    await openTab('Plan')
    await panel().getByText('left out for want of rights: Query.auditEvents').waitFor()
    expect(await panel().getByText('audit', { exact: true }).count()).toBe(0)
    await write('mutation Trail { logout }')
    await page.getByRole('button', { name: /^Execute query/ }).click()
    await expect.poll(() => answer().textContent(), patience).toContain('FORBIDDEN')
    expect(await controlsWithoutName(page)).toEqual([])
    await page.getByRole('button', { name: 'Be myself again' }).click()
    await expect.poll(() => page.getByText('You look as').count(), patience).toBe(0)
    expect(watched.faults.filter((fault) => !fault.startsWith('console error: Failed to load resource'))).toEqual([])
  })

  // Last: from here on the account asks for a code.
  it('asks an account with an authenticator for its code, and lets a wrong one be tried again', async () => {
    const send = async (query: string, token?: string) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
      const response = await page.request.post(dev.graphqlUrl, { data: { query }, headers })
      return (await response.json()).data
    }
    const account = `email: "${owner.email}", password: ${JSON.stringify(owner.password)}`
    const { login } = await send(`mutation { login(input: { ${account} }) { ... on SessionTokens { accessToken } } }`)
    const { enrollTotp } = await send('mutation { enrollTotp { secret } }', login.accessToken)
    const authenticator = authenticatorOf(enrollTotp.secret)
    await send(
      `mutation { confirmTotp(input: { code: "${authenticator.code(-1)}" }) { recoveryCodes } }`,
      login.accessToken,
    )

    await signIn(owner.password)
    await page.getByRole('heading', { name: 'One more step' }).waitFor()
    expect(await controlsWithoutName(page)).toEqual([])
    await page.locator('input[name="code"]:focus').waitFor()
    await page.keyboard.type('000 000')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.getByRole('alert').textContent(), patience).toMatch(/not right/)
    await page.getByLabel('Code').fill(authenticator.code(1))
    await page.keyboard.press('Enter')
    await page.getByRole('region', { name: 'Signed in' }).waitFor()
    expect(watched.faults).toEqual([])
  })
})
