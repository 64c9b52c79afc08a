import type { PlaygroundBuild } from './playground-build.ts'

/** What the page is made of, besides the built files. */
export interface PageInput {
  /** Path below which the assets are served, without a trailing slash. */
  assetsPath: string
  /** Path of the GraphQL endpoint. */
  graphqlPath: string
  /** Whether operations need an account; when not, the page opens the editor at once. */
  signIn: boolean
  /** Fresh random value of this response, admitted by its policy. */
  nonce: string
}

/** Renders the page's HTML: no inline script, no inline style, no address outside the gateway. */
export function renderPlaygroundPage(build: PlaygroundBuild, input: PageInput): string {
  const asset = (name: string) => escapeAttribute(`${input.assetsPath}/${name}`)
  const styles = build.styles.map((name) => `<link rel="stylesheet" nonce="${input.nonce}" href="${asset(name)}">`)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>ForgeOps Playground</title>
<link rel="icon" type="image/svg+xml" href="${asset(build.icon)}">
${styles.join('\n')}
<script type="module" src="${asset(build.entry)}"></script>
</head>
<body>
<div id="playground" data-graphql-path="${escapeAttribute(input.graphqlPath)}" data-sign-in="${input.signIn ? 'on' : 'off'}"></div>
<noscript>The playground needs JavaScript.</noscript>
</body>
</html>
`
}

/**
 * The page's Content Security Policy. Scripts come from our own files only, never inline, never evaluated.
 *
 * Two openings for styles, because of Monaco: it makes `<style>` elements at run time (admitted by nonce), and it draws
 * lines of text by writing HTML with `style="top:…"` attributes, for which no nonce exists. An attribute styles one
 * element and, with images and fonts held to our own files, can carry nothing out. It also underlines mistakes with
 * `data:` images, which ask nobody for anything.
 */
export function playgroundPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/** The policy of a built file: read by the browser when it is a worker, which then may load its own parts and no more. */
export const assetPolicy = "default-src 'none'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'"

function escapeAttribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}
