import { type DocumentNode, GraphQLError, Kind, print, visit } from 'graphql'

/**
 * The planner adds fields of its own to an operation (keys, `__typename`, what `@requires` names) under their plain names, and
 * takes a client's `id: name` for the `id` that it needs. So an alias that is such a name is planned under another.
 */
export class PlannedAliases {
  readonly #reserved: ReadonlySet<string>
  /** Null when nothing has to be renamed. */
  readonly #prefix: string | null

  /** @param reserved the names that the planner may add */
  constructor(document: DocumentNode, reserved: ReadonlySet<string>) {
    this.#reserved = reserved
    this.#prefix = prefixFor(document, (alias, name) => this.#isTaken(alias, name))
  }

  /** The text to plan; `text` itself when nothing is renamed. */
  textOf(document: DocumentNode, text: string): string {
    if (this.#prefix === null) return text
    return print(
      visit(document, {
        Field: (node) => {
          const planned = this.keyOf(node.alias?.value ?? node.name.value, node.name.value)
          return planned === node.alias?.value || node.alias === undefined
            ? undefined
            : { ...node, alias: { kind: Kind.NAME, value: planned } }
        },
      }),
    )
  }

  /** Under which key subgraphs answer a field. */
  keyOf(key: string, name: string): string {
    return this.#prefix !== null && this.#isTaken(key, name) ? this.#prefix + key : key
  }

  /** The same errors at the paths that the client knows. */
  placed(errors: readonly GraphQLError[]): readonly GraphQLError[] {
    const prefix = this.#prefix
    if (prefix === null) return errors
    return errors.map((error) => {
      const path = error.path?.map((step) =>
        typeof step === 'string' && step.startsWith(prefix) ? step.slice(prefix.length) : step,
      )
      return new GraphQLError(error.message, { ...(path === undefined ? {} : { path }), extensions: error.extensions })
    })
  }

  #isTaken(alias: string, name: string): boolean {
    return alias !== name && (alias === '__typename' || this.#reserved.has(alias))
  }
}

/** A prefix that no key of the document has, when one is needed. */
function prefixFor(document: DocumentNode, isTaken: (alias: string, name: string) => boolean): string | null {
  const keys: string[] = []
  let isNeeded = false
  visit(document, {
    Field: ({ alias, name }) => {
      keys.push(alias?.value ?? name.value)
      isNeeded ||= alias !== undefined && isTaken(alias.value, name.value)
    },
  })
  if (!isNeeded) return null
  let prefix = 'asked_'
  while (keys.some((key) => key.startsWith(prefix))) prefix += '_'
  return prefix
}
