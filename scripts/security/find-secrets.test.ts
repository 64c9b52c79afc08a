import { expect, test } from 'vitest'
import { secretsIn } from './find-secrets.ts'

// Put together here, so that this file holds none of them itself.
const letters = (count: number) => 'Ab3'.repeat(Math.ceil(count / 3)).slice(0, count)
const samples = {
  'a private key': `-----BEGIN ${'PRIVATE'} KEY-----\n${letters(64)}`,
  'a private JWK': `{"kty":"OKP","d":"${letters(43)}"}`,
  'an AWS access key': `AKIA${'A1'.repeat(8)}`,
  'a GitHub token': `ghp_${letters(36)}`,
  'a Slack token': `xoxb-${letters(24)}`,
  'an API key of ForgeOps': `fo_live_${letters(43)}_${letters(43)}_${letters(6)}`,
  'an npm token': `npm_${letters(36)}`,
  'a Google API key': `AIza${letters(35)}`,
  'a Stripe key': `sk_live_${letters(24)}`,
  'an access token': `eyJ${letters(30)}.eyJ${letters(30)}.${letters(40)}`,
  'a password in a URL': `postgres://owner:${letters(16)}@db.internal/x`,
  'a base64 key': `WORKER_REQUEST_KEY=${letters(43)}=`,
}

test.each(Object.entries(samples))('%s is found, by line and without being quoted', (what, sample) => {
  const found = secretsIn('some/file.md', `first line\n\nthird line ${sample}\n`)
  expect(found).toContain(`some/file.md:3 holds ${what}`)
  expect(found.join()).not.toContain(letters(12))
})

test.each([
  ['a placeholder', 'IDENTITY_DATABASE_URL=postgres://forgeops_identity:password@localhost:5432/forgeops'],
  ['a template', `const url = 'postgres://owner:\${password}@127.0.0.1'`],
  ['an example host', 'redis://user:something-long@cache.example.com:6379'],
  ['an integrity digest', `"integrity": "sha512-${'a'.repeat(86)}=="`],
  ['a variable that is required', `  IDENTITY_SECRETS_KEY: \${IDENTITY_SECRETS_KEY:?set it}`],
])('%s is no secret', (_what, text) => {
  expect(secretsIn('x', text)).toEqual([])
})
