import type { CodedError } from './coded-errors.ts'
import { errorCatalogue } from './error-catalogue.ts'
import { generatedBy, markdownTable } from './markdown-table.ts'

interface Room {
  readonly title: string
  readonly words: string
  readonly holds: (file: string) => boolean
}

const rooms: readonly Room[] = [
  {
    title: 'Any operation',
    words: 'Given by the gateway and by the platform that every subgraph stands on.',
    holds: (file) => /^(gateway|platform\/(?!crypto|http\/egress))/.test(file),
  },
  {
    title: 'identity',
    words: 'Sign-in, sessions, invitations, roles.',
    holds: (file) => file.startsWith('subgraphs/identity'),
  },
  {
    title: 'agents',
    words: 'Agents, their versions and their runs.',
    holds: (file) => file.startsWith('subgraphs/agents'),
  },
  {
    title: 'integrations',
    words:
      'Connections and the calls made through them. A call that fails inside a run ends up in `RunStep.error` and `Run.error`.',
    holds: (file) => /^subgraphs\/integrations|^platform\/(crypto|http\/egress)/.test(file),
  },
  { title: 'audit', words: 'The trail.', holds: (file) => file.startsWith('subgraphs/audit') },
  {
    title: 'worker',
    words: 'How a run can fail: `Run.error` and `RunStep.error`.',
    holds: (file) => /^worker/.test(file),
  },
]

/** `docs/reference/errors.md`: every code that the code gives, with its words. */
export function errorsPage(catalogue: readonly CodedError[] = errorCatalogue()): string {
  const sections = rooms.map(({ title, words, holds }) => {
    const here = catalogue.filter(({ file }) => holds(file))
    return `## ${title}\n\n${words}\n\n${codeTable(here)}`
  })
  const homeless = catalogue.filter(({ file }) => roomOf(file) === undefined)
  if (homeless.length > 0) throw new Error(`No room of the page takes ${homeless.map(({ file }) => file).join(', ')}.`)
  return `${generatedBy('npm run reference')}

# Error codes

An error of an answer carries its code in \`extensions.code\`; its \`message\` is for people and may change. Some carry
\`extensions.details\`. \`INTERNAL_SERVER_ERROR\` carries \`extensions.requestId\`: the same id stands in the log and in the
\`X-Request-Id\` of the answer. What a caller may not know of answers \`NOT_FOUND\`, in the same words as what is not there.
\`…\` stands for what is filled in; where no words stand, they say what is wrong with the input at hand.

HTTP status: 200 for an operation that was executed, whatever its errors (GraphQL over HTTP); 400 for one that was not;
401 for credentials that are not valid; a mutation with a denied field at its root is not executed, and answered by 401 or
403; 403, 404, 406, 413, 415 and 503 otherwise, as usual.

${sections.join('\n\n')}
`
}

const roomOf = (file: string): Room | undefined => rooms.find(({ holds }) => holds(file))

function codeTable(errors: readonly CodedError[]): string {
  const codes = [...new Set(errors.map(({ code }) => code))].sort()
  const rows = codes.map((code) => {
    const same = errors.filter((error) => error.code === code)
    const words = unique(same.map((error) => error.words))
    const meanings = unique(same.map((error) => error.meaning))
    const files = unique(same.map(({ file }) => `\`${file}\``))
    return [`\`${code}\``, words.join('<br>'), meanings.join('<br>'), files.join('<br>')]
  })
  return markdownTable(['Code', 'Words', 'Meaning', 'Where'], rows)
}

const unique = (texts: readonly (string | undefined)[]): string[] => [
  ...new Set(texts.filter((text) => text !== undefined)),
]
