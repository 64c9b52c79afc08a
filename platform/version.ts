import { readFileSync } from 'node:fs'

/** The version in package.json, which stands above this folder both in the source tree and in the built one. */
export function productVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return (manifest as { version: string }).version
}
