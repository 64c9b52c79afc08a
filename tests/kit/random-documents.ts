/** Texts that look like structure and are none. */
const strings = [
  '""',
  '"} ) ] {{{ @a @b x: y ... #"',
  '"\\"{\\\\"',
  '"\\u007B {"',
  '"é 💥 {"',
  '""""""',
  '""" { @x "quoted" ""y"" """',
  '"""\n  \\""" { { ... a: b\n"""',
  '"""ends in a quote \\""""""',
]
const numbers = ['0', '-1', '12', '1.5', '-1.5e+3', '2E-7', '3e8']
const gaps = [' ', ' ', ' ', '\n', ',', '\t', ' # { @no ... x: y "\n', ' #\r\n', '\ufeff ']

/**
 * A syntactically right executable document of no schema in particular: operations, fragments that spread later ones,
 * arguments of every kind of value, comments and odd white space.
 */
export function randomDocument(random: () => number): string {
  const oneOf = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T
  const upTo = (most: number) => Math.floor(random() * (most + 1))
  const several = (most: number, make: () => string) => Array.from({ length: upTo(most) }, make).join(oneOf(gaps))
  const names = ['a', 'b', 'on', 'fragment', 'query', 'type', '_x1', 'true', 'null']
  const fragments = Array.from({ length: upTo(6) }, (_, i) => `F${i}`)

  const value = (left: number): string => {
    const kind = random()
    if (kind < 0.2) return oneOf(strings)
    if (kind < 0.4) return oneOf(numbers)
    if (kind < 0.6 || left === 0) return oneOf(['$v', 'true', 'null', 'ENUM', 'on'])
    if (kind < 0.8) return `[${several(4, () => value(left - 1))}]`
    return `{${several(3, () => `${oneOf(names)}${oneOf(gaps)}: ${value(left - 1)}`)}}`
  }
  const passed = () =>
    random() < 0.6 ? '' : `(${oneOf(names)}: ${value(3)} ${several(2, () => `b${oneOf(gaps)}: ${value(2)}`)})`
  const directives = () => several(random() < 0.7 ? 0 : 4, () => `@${oneOf(names)}${passed()}`)

  const field = (left: number, usable: readonly string[]): string => {
    const alias = random() < 0.3 ? `${oneOf(names)}${oneOf(gaps)}:${oneOf(gaps)}` : ''
    const below = left > 0 && random() < 0.6 ? set(left - 1, usable) : ''
    return `${alias}${oneOf(names)}${passed()} ${directives()}${below}`
  }
  const selection = (left: number, usable: readonly string[]): string => {
    const kind = random()
    if (kind < 0.15 && usable.length > 0) return `...${oneOf(gaps)}${oneOf(usable)} ${directives()}`
    if (kind < 0.25 && left > 0) return `... ${directives()}${set(left - 1, usable)}`
    if (kind < 0.35 && left > 0)
      return `...on${oneOf(gaps)}${oneOf(['T', 'on'])} ${directives()}${set(left - 1, usable)}`
    return field(left, usable)
  }
  const set = (left: number, usable: readonly string[]): string =>
    `{${oneOf(gaps)}${[selection(left, usable), several(3, () => selection(left, usable))].join(oneOf(gaps))}}`

  const variables = () => (random() < 0.5 ? '' : `($v: [[Int!]]! = ${value(2).replaceAll('$v', '7')} @d(w: 1) $w: T)`)
  const operations = Array.from({ length: 1 + upTo(2) }, (_, i) => {
    const kind = oneOf(['query', 'mutation', 'subscription'])
    return `${kind} O${i}${variables()} ${directives()}${set(4, fragments)}`
  })
  const definitions = fragments.map(
    (name, i) => `fragment ${name} on T ${directives()}${set(3, fragments.slice(i + 1))}`,
  )
  return [...definitions, ...operations].sort(() => random() - 0.5).join(oneOf(gaps))
}
