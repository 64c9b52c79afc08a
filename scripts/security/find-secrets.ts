/** Texts that are secrets wherever they stand, by what they are. */
const shapes: Readonly<Record<string, RegExp>> = {
  'a private key': /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s*[\w+/=]{20}/,
  'a private JWK': /"d"\s*:\s*"[\w-]{40,}"/,
  'an AWS access key': /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  'a GitHub token': /\bgh[oprsu]_\w{36}|\bgithub_pat_\w{40}/,
  'a Slack token': /\bxox[abeoprs]-[\w-]{20}/,
  'an API key of ForgeOps': /\bfo_(?:live|dev)_[0-9A-Za-z]{43}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}\b/,
  'an npm token': /\bnpm_\w{36}\b/,
  'a Google API key': /\bAIza[\w-]{35}\b/,
  'a Stripe key': /\b[rs]k_live_\w{20}/,
  'an access token': /\beyJ[\w-]{20,}\.eyJ[\w-]{20,}\.[\w-]{20,}/,
  'a password in a URL':
    /\b[a-z][a-z+]+:\/\/[\w.-]*:(?!(?:password|PASSWORD|secret|pass)@)[\w.~%-]{8,}@(?![\w.]*example\.com)/,
  'a base64 key': /(?:KEY|SECRET|PASSWORD)\w*\s*[=:]\s*['"]?[A-Za-z0-9+/]{43}=/,
}

/** Each secret found in `text`, as `path:line holds …`; never the secret itself. */
export function secretsIn(path: string, text: string): string[] {
  return Object.entries(shapes).flatMap(([what, shape]) => {
    const at = text.search(shape)
    return at === -1 ? [] : [`${path}:${text.slice(0, at).split('\n').length} holds ${what}`]
  })
}
