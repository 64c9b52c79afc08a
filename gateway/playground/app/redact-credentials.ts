import { parse, type ValueNode, visit } from 'graphql'

const secretName =
  /pass(word|phrase)?$|secret|token|credential|api_?key|private_?key|authorization|otp|^code$|recovery/i
const secretText = /pass|secret|token|credential|api_?key|private_?key|authorization|otp|code|recovery/i

/** An operation as it may be stored: the document and the JSON text of its variables. */
export interface StoredOperation {
  query: string
  variables: string
}

/**
 * Blanks what is given to an argument, input field or variable named like a credential (`password`, `refreshToken`,
 * `secrets`, `code`, …), in the document and in its variables, whatever those variables are called. Everything else,
 * comments included, stays as typed.
 *
 * @param query a GraphQL document; one that does not parse is kept only when nothing in it sounds like a credential
 * @param variables JSON text; what is not JSON cannot be judged and is dropped
 */
export function redactCredentials(query: string, variables: string): StoredOperation {
  try {
    const { text, secretVariables } = redactDocument(query)
    return { query: text, variables: redactVariables(variables, secretVariables) }
  } catch {
    const kept = secretText.test(query) ? '' : query
    return { query: kept, variables: kept ? redactVariables(variables, new Set()) : '' }
  }
}

function redactDocument(document: string): { text: string; secretVariables: Set<string> } {
  const blanks = new Map<number, { end: number; text: string }>()
  const secretVariables = new Set<string>()
  const blankLiteral = (node: ValueNode, text: string) => {
    if (node.loc) blanks.set(node.loc.start, { end: node.loc.end, text })
  }
  const blank = (name: string, value: ValueNode | undefined) => {
    if (!value || !secretName.test(name)) return
    visit(value, {
      StringValue: (node) => blankLiteral(node, '""'),
      IntValue: (node) => blankLiteral(node, '0'),
      FloatValue: (node) => blankLiteral(node, '0'),
      Variable: (node) => void secretVariables.add(node.name.value),
    })
  }
  visit(parse(document), {
    Argument: (node) => blank(node.name.value, node.value),
    ObjectField: (node) => blank(node.name.value, node.value),
    VariableDefinition: (node) => blank(node.variable.name.value, node.defaultValue),
  })
  // From the end, so that the positions still to come stay true.
  const text = [...blanks]
    .sort(([a], [b]) => b - a)
    .reduce((rest, [start, { end, text: empty }]) => rest.slice(0, start) + empty + rest.slice(end), document)
  return { text, secretVariables }
}

function redactVariables(variables: string, secretVariables: ReadonlySet<string>): string {
  if (variables.trim() === '') return ''
  try {
    const parsed: unknown = JSON.parse(variables)
    const redacted = JSON.stringify(
      parsed,
      function (this: unknown, key: string, value: unknown) {
        const isSecret = secretName.test(key) || (this === parsed && secretVariables.has(key))
        return isSecret ? emptyValue(value) : value
      },
      2,
    )
    return redacted === JSON.stringify(parsed, null, 2) ? variables : redacted
  } catch {
    return ''
  }
}

function emptyValue(value: unknown): unknown {
  if (Array.isArray(value)) return []
  return typeof value === 'object' && value !== null ? {} : ''
}
