import { type ASTNode, type DocumentNode, Kind, Lexer, parse, Source, TokenKind, visit } from 'graphql'
import { describe, expect, it } from 'vitest'
import { randomDocument } from '../../../tests/kit/random-documents.ts'
import { randomFrom } from '../../../tests/kit/random-operations.ts'
import { LimitExceededError, limitsWith, type OperationLimits, unlimited } from './operation-limits.ts'
import { scanDocument } from './scan-document.ts'

/** What a document is refused for; null when it is not. */
function refusal(text: string, limits: OperationLimits = limitsWith()): unknown {
  try {
    scanDocument(text, limits)
    return null
  } catch (error) {
    if (error instanceof LimitExceededError) return error.details
    throw error
  }
}

/** The same figures counted over what graphql-js parsed, every spread followed anew. */
function counted(text: string): Omit<OperationLimits, 'cost' | 'listItems'> {
  const document = parse(text)
  let [tokens, open, nesting] = [0, 0, 0]
  for (const lexer = new Lexer(new Source(text)); lexer.advance().kind !== TokenKind.EOF; ) {
    tokens += 1
    if (/^[{([]$/.test(lexer.token.kind)) open += 1
    if (/^[})\]]$/.test(lexer.token.kind)) open -= 1
    nesting = Math.max(nesting, open)
  }
  const inText = countsOf(document)
  const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION)
  const expanded = operations.map((operation) => countsOf(expandedIn(document, operation)))
  const most = (of: (counts: ReturnType<typeof countsOf>) => number) => Math.max(...expanded.map(of))
  const larger = (of: (counts: ReturnType<typeof countsOf>) => number) => Math.max(of(inText), most(of))
  return {
    tokens,
    nesting,
    depth: Math.max(
      most((counts) => counts.depth),
      inText.depth,
    ),
    rootFields: most((counts) => counts.rootFields),
    fields: larger((counts) => counts.fields),
    aliases: larger((counts) => counts.aliases),
    directives: larger((counts) => counts.directives),
    directivesPerField: inText.directivesPerField,
  }
}

/** An operation whose spreads are fragments without a condition. */
function expandedIn<T extends ASTNode>(document: DocumentNode, node: T): T {
  return visit(node, {
    FragmentSpread: ({ name, directives }) => {
      const found = document.definitions.find(
        (each) => each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === name.value,
      )
      if (found?.kind !== Kind.FRAGMENT_DEFINITION) throw new Error(`There is no fragment ${name.value}.`)
      const all = [...(directives ?? []), ...(found.directives ?? [])]
      const selectionSet = expandedIn(document, found.selectionSet)
      return { kind: Kind.INLINE_FRAGMENT, directives: all, selectionSet }
    },
  })
}

function countsOf(node: ASTNode) {
  const counts = { depth: 0, rootFields: 0, fields: 0, aliases: 0, directives: 0, directivesPerField: 0 }
  let depth = 0
  visit(node, {
    enter: (each) => {
      if (each.kind === Kind.DIRECTIVE) counts.directives += 1
      else if (each.kind !== Kind.VARIABLE_DEFINITION && 'directives' in each)
        counts.directivesPerField = Math.max(counts.directivesPerField, each.directives?.length ?? 0)
      if (each.kind !== Kind.FIELD) return
      depth += 1
      counts.fields += 1
      counts.depth = Math.max(counts.depth, depth)
      if (depth === 1) counts.rootFields += 1
      if (each.alias !== undefined) counts.aliases += 1
    },
    leave: (each) => {
      if (each.kind === Kind.FIELD) depth -= 1
    },
  })
  return counts
}

describe('of random documents', () => {
  const documents = Array.from({ length: 150 }, (_, seed) => randomDocument(randomFrom(seed)))
  const figures = documents.map(counted)

  it('what is counted in the text is what is counted once it is parsed, to the one', () => {
    const unequal = documents.flatMap((text, i) => {
      const wrong = Object.entries(figures[i] ?? {}).flatMap(([limit, found]) => [
        ...(refusal(text, { ...unlimited, [limit]: found }) === null ? [] : [`${limit} ${found} is refused`]),
        ...(found === 0 || refusal(text, { ...unlimited, [limit]: found - 1 }) !== null
          ? []
          : [`${limit} ${found} passes below`]),
      ])
      return wrong.map((each) => `${each}: ${text}`)
    })
    expect(unequal).toEqual([])
  })

  it('whatever is cut out of them, the scan ends without complaint', () => {
    const random = randomFrom(7)
    for (const text of documents) {
      const [from, to] = [Math.floor(random() * text.length), Math.floor(random() * text.length)]
      expect(refusal(text.slice(0, from) + text.slice(to), unlimited)).toBeNull()
    }
  })

  it('there are enough of every figure', () => {
    for (const limit of ['depth', 'fields', 'rootFields', 'aliases', 'directives', 'directivesPerField'] as const)
      expect(Math.max(...figures.map((each) => each[limit])), limit).toBeGreaterThan(3)
  })
})

describe('an operation is refused for', () => {
  const repeated = (count: number, part: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => part(i)).join(' ')

  it.each([
    ['2 000 aliases', `{ ${repeated(2_000, (i) => `a${i}: b`)} }`, 'aliases'],
    [
      '2 000 aliases over fragments',
      `{ ${repeated(40, (i) => `...F${i}`)} } ${repeated(40, (i) => `fragment F${i} on T { ${repeated(50, (j) => `a${j}: b`)} }`)}`,
      'aliases',
    ],
    [
      '2 000 aliases by one fragment',
      `{ ${repeated(100, (i) => `f${i} {...F}`)} } fragment F on T { ${repeated(20, (i) => `a${i}: b`)} }`,
      'rootFields',
    ],
    ['2 000 levels', `{ ${'a { '.repeat(1_999)} a ${'}'.repeat(2_000)}`, 'depth'],
    [
      '2 000 levels over fragments',
      `{ ...F0 } ${repeated(50, (i) => `fragment F${i} on T { ${'a { '.repeat(39)} a ${i === 49 ? '' : `{ ...F${i + 1} }`} ${'}'.repeat(40)}`)}`,
      'depth',
    ],
    ['2 000 inline fragments', `{ ${'... { '.repeat(2_000)} a ${'}'.repeat(2_001)}`, 'nesting'],
    ['2 000 lists within each other', `{ a(b: ${'['.repeat(2_000)}${']'.repeat(2_000)}) }`, 'nesting'],
    ['2 000 list types', `query ($a: ${'['.repeat(2_000)}T${']'.repeat(2_000)}) { a }`, 'nesting'],
    ['2 000 directives', `{ a ${'@skip(if: true) '.repeat(2_000)} }`, 'directivesPerField'],
    ['2 000 fields with a directive', `{ ${repeated(2_000, () => 'a @skip(if: true)')} }`, 'directives'],
    ['one field too many at the root', `{ ...F ...F } fragment F on Query { ${'a '.repeat(26)} }`, 'rootFields'],
    [
      '2²⁰ fields of 20 fragments',
      `{ ...F0 } ${repeated(20, (i) => `fragment F${i} on T { a { b ...F${i + 1} ...F${i + 1} } }`)} fragment F20 on T { b }`,
      'fields',
    ],
    [
      '2¹⁰⁰⁰ fields of 1 000 fragments',
      `{ a { ...F0 } } ${repeated(1_000, (i) => `fragment F${i} on T { ...F${i + 1} ...F${i + 1} }`)}`,
      'tokens',
    ],
  ])('%s', (_what, text, limit) => {
    const details = refusal(text) as { limit: string; maximum: number; found: number }
    expect(details).toMatchObject({ limit, maximum: limitsWith()[limit as keyof OperationLimits] })
    expect(details.found).toBeGreaterThan(details.maximum)
  })

  it('what it says: which limit, its value, and what was found', () => {
    expect(() => scanDocument('{ a: a b: a c: a }', limitsWith({ aliases: 2 }))).toThrow(
      'The operation is too complex: it has at least 3 aliases, and 2 are allowed.',
    )
  })

  it('no more than was read when the limit was reached', () => {
    expect(refusal(`{ ${repeated(2_000, (i) => `a${i}: b`)} }`)).toMatchObject({ found: 201 })
  })
})

describe('an operation is not refused for', () => {
  it.each([
    [
      'fragments within themselves, which validation refuses',
      '{ ...A } fragment A on T { a { ...B } } fragment B on T { a { ...A ...B } }',
    ],
    ['fragments that are not there', '{ ...Nowhere }'],
    ['closing what was not opened', '} } ) ] { a }'],
    ['what it leaves open', '{ a(b: "'],
    ['nothing at all', ''],
  ])('%s', (_what, text) => {
    expect(refusal(text)).toBeNull()
  })
})
