import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { chromiumLaunch } from '../../scripts/local/chromium.ts'

/**
 * Starts the machine's Chromium, headless, with a profile of its own.
 *
 * @throws a sentence naming the remedy when there is no Chromium
 */
export function openBrowser(): Promise<Browser> {
  return chromium.launch(chromiumLaunch())
}

/** A page of a fresh profile, and what went wrong on it so far. */
export interface WatchedPage {
  page: Page
  /** One line per request to another origin, policy violation, console error or warning, and uncaught error. */
  faults: string[]
  close(): Promise<void>
}

/**
 * Opens a blank page that may ask `origin` only. Everything a careful visitor would frown at is written down, also
 * what its workers do.
 */
export async function openWatchedPage(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext(options)
  const faults: string[] = []
  context.on('request', (request) => {
    const url = new URL(request.url())
    if (url.origin !== origin && url.protocol !== 'blob:') faults.push(`asks ${url.origin}${url.pathname}`)
  })
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(`console ${message.type()}: ${message.text()}`)
  })
  context.on('weberror', ({ error }) => {
    faults.push(`uncaught: ${error()}`)
  })
  const page = await context.newPage()
  await page.exposeFunction('reportViolation', (line: string) => faults.push(`policy: ${line}`))
  await page.addInitScript(`document.addEventListener('securitypolicyviolation', (event) =>
    reportViolation(event.violatedDirective + ' refuses ' + event.blockedURI + ' in ' + event.sourceFile))`)
  return { page, faults, close: () => context.close() }
}

/**
 * Lists the visible controls of a page that a screen reader cannot name (WCAG 2.2, success criterion 4.1.2), by the
 * accessible names that the browser computes.
 *
 * @returns a line each, so an empty list is what one hopes for
 */
export async function controlsWithoutName(page: Page): Promise<string[]> {
  const lines = (await page.locator('body').ariaSnapshot()).split('\n')
  return lines.filter((line) =>
    /^\s*- (button|link|textbox|searchbox|combobox|checkbox|radio|tab)\b(?! ["/])/.test(line),
  )
}
