import { parseAst } from 'vite'

/** One place in the code that gives an error its code. */
export interface CodedError {
  readonly code: string
  /** The public words; `…` stands for what is filled in. Undefined where the place is given them. */
  readonly words: string | undefined
  /** The description of the error's class. */
  readonly meaning: string | undefined
  readonly file: string
}

/** What one module says of errors. */
export interface ModuleErrors {
  readonly coded: readonly CodedError[]
  /** Classes that are given their words, with their code. */
  readonly worded: ReadonlyMap<string, string>
  /** Errors made with words. */
  readonly made: readonly { readonly className: string; readonly words: string; readonly file: string }[]
}

interface Node extends Record<string, unknown> {
  readonly type: string
  readonly start: number
}

const codeShape = /^[A-Z]+(_[A-Z]+)*$/

/** @param file the module's path, for the answer */
export function errorsIn(source: string, file: string): ModuleErrors {
  const coded: CodedError[] = []
  const worded = new Map<string, string>()
  const made: { className: string; words: string; file: string }[] = []
  const add = (code: string | undefined, words: string | undefined, meaning?: string) => {
    if (code !== undefined) coded.push({ code, words, meaning, file })
  }
  walk(parseAst(source, { lang: 'ts' }) as unknown as Node, [], (node, above) => {
    const [first, second, third] = (node.arguments ?? []) as Node[]
    const maker = nameOf(node.callee)
    if (node.type === 'CallExpression' && (node.callee as Node).type === 'Super') {
      const declared = above.find(({ type }) => type === 'ClassDeclaration')
      add(codeOf(first), wordsOf(second, above), describedBefore(source, above))
      const code = codeOf(first)
      if (code !== undefined && second?.type === 'Identifier') worded.set(nameOf(declared?.id) ?? '', code)
    } else if (node.type === 'CallExpression' && maker === 'errorBody') {
      add(codeOf(first), wordsOf(second, above))
    } else if (node.type === 'NewExpression' && maker?.endsWith('Error')) {
      const words = wordsOf(first, above)
      if (codeOf(first) !== undefined) add(codeOf(first), wordsOf(second, above))
      else if (codeOf(second) !== undefined) add(codeOf(second), wordsOf(third, above))
      else if (words !== undefined) made.push({ className: maker, words, file })
    } else if (node.type === 'ObjectExpression') {
      add(codeOf(propertyOf(node, 'code')), wordsOf(propertyOf(node, 'message'), above) ?? messageAround(above))
    }
  })
  return { coded, worded, made }
}

function walk(node: Node, above: readonly Node[], visit: (node: Node, above: readonly Node[]) => void): void {
  visit(node, above)
  for (const child of Object.values(node).flat()) {
    if (typeof child === 'object' && child !== null && 'type' in child) walk(child as Node, [...above, node], visit)
  }
}

const nameOf = (node: unknown): string | undefined => (node as { name?: string } | undefined | null)?.name

function codeOf(node: Node | undefined): string | undefined {
  return node?.type === 'Literal' && typeof node.value === 'string' && codeShape.test(node.value)
    ? node.value
    : undefined
}

/** A text, a template with its gaps, or the default of the parameter that is named. */
function wordsOf(node: Node | undefined, above: readonly Node[]): string | undefined {
  if (node?.type === 'Literal') return typeof node.value === 'string' ? node.value : undefined
  if (node?.type === 'TemplateLiteral')
    return (node.quasis as { value: { cooked: string } }[]).map(({ value }) => value.cooked).join('…')
  if (node?.type !== 'Identifier') return undefined
  const method = above.findLast(({ type }) => type === 'FunctionExpression')
  const parameter = ((method?.params ?? []) as Node[]).find((one) => nameOf(one.left) === node.name)
  return parameter === undefined ? undefined : wordsOf(parameter.right as Node, [])
}

function propertyOf(object: Node, name: string): Node | undefined {
  const property = (object.properties as Node[]).find(({ key }) => nameOf(key) === name)
  return property?.value as Node | undefined
}

/** `new GraphQLError(words, { extensions: { code } })`, or `{ message, extensions: { code } }`. */
function messageAround(above: readonly Node[]): string | undefined {
  for (const node of above.slice(-4).reverse()) {
    if (node.type === 'NewExpression') return wordsOf((node.arguments as Node[])[0], above)
    if (node.type === 'ObjectExpression') {
      const message = propertyOf(node, 'message')
      if (message !== undefined) return wordsOf(message, above)
    }
  }
  return undefined
}

/** The description that stands before the class, up to its first tag. */
function describedBefore(source: string, above: readonly Node[]): string | undefined {
  const declared =
    above.find(({ type }) => type === 'ExportNamedDeclaration') ?? above.find(({ type }) => type === 'ClassDeclaration')
  const before = source.slice(0, declared?.start).trimEnd()
  if (!before.endsWith('*/')) return undefined
  const lines = before
    .slice(before.lastIndexOf('/**') + 3, -2)
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trim())
  const tag = lines.findIndex((line) => line.startsWith('@'))
  return (
    lines
      .slice(0, tag < 0 ? lines.length : tag)
      .join(' ')
      .trim() || undefined
  )
}
