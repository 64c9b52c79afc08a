import { writeFileSync } from 'node:fs'
import { dictionary } from '@zxcvbn-ts/language-common'

const file = 'subgraphs/identity/password/common-passwords.txt'
const rankMax = 20_000
/** Long ones are few, and the ones that count: they are taken from the whole list. */
const longLengthMin = 12

/** The passwords that people choose most, the commonest first, lower case, one a line. */
export function commonPasswordsFile(): string {
  const all = [...(dictionary['passwords-common'] as readonly string[])]
  const kept = all.filter((word, rank) => (rank < rankMax || word.length >= longLengthMin) && !word.startsWith('#'))
  return `# Common passwords, from @zxcvbn-ts/language-common (MIT, Dan Wheeler, Dropbox and zxcvbn-ts). Do not edit:
# npx tsx scripts/write-common-passwords.ts
${kept.join('\n')}
`
}

if (import.meta.main) {
  writeFileSync(file, commonPasswordsFile())
  console.log(`Wrote ${file}.`)
}
