import { globSync, readFileSync } from 'node:fs'
import {
  GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isObjectType,
  Kind,
  parse,
  validate,
} from 'graphql'
import { expect, it } from 'vitest'
import { CostTable } from '../../gateway/operations/cost/cost-table.ts'
import { Costs } from '../../gateway/operations/cost/costs.ts'
import { defaultLimits } from '../../gateway/operations/limits/operation-limits.ts'
import { scanDocument } from '../../gateway/operations/limits/scan-document.ts'
import { readCostDirectives } from '../../gateway/supergraph/cost-directives.ts'
import { clientSchema } from '../kit/operations.ts'

const schema = clientSchema()
const directives = readCostDirectives(parse(readFileSync('gateway/supergraph.graphql', 'utf8')))
const costs = new Costs(new CostTable(schema, directives, 5))

const fields: readonly [GraphQLObjectType, GraphQLField<unknown, unknown>][] = Object.values(schema.getTypeMap())
  .filter((type) => isObjectType(type) && !type.name.startsWith('__'))
  .flatMap((type) =>
    Object.values((type as GraphQLObjectType).getFields()).map((field) => [type as GraphQLObjectType, field] as const),
  )
  .map(([type, field]) => [type, field])

it('every list of objects says how long it is', () => {
  const lists = fields.filter(
    ([, { type }]) => isListType(getNullableType(type)) && isCompositeType(getNamedType(type)),
  )
  // A page's entries are sized by the field that the page stands in.
  const own = lists.filter(([type, { name }]) => !(type.name.endsWith('Connection') && name === 'edges'))
  expect(own.length).toBeGreaterThan(8)
  expect(
    own.map(([type, { name }]) => `${type.name}.${name}`).filter((name) => !directives.listSizes.has(name)),
  ).toEqual([])
})

it('every field that answers with a page is sized by its arguments', () => {
  const pages = fields.filter(
    ([, { type }]) => getNamedType(type).name.endsWith('Connection') && isPage(getNamedType(type)),
  )
  expect(pages.length).toBeGreaterThan(8)
  for (const [type, { name }] of pages)
    expect(directives.listSizes.get(`${type.name}.${name}`), `${type.name}.${name}`).toEqual({
      assumedSize: 20,
      slicingArguments: ['first', 'last'],
      sizedFields: ['edges'],
      requireOneSlicingArgument: false,
    })
})

const isPage = (type: unknown) => isObjectType(type) && type.getFields().edges !== undefined

it('no operation that is written anywhere here comes near a limit by default', () => {
  const files = globSync(
    '{clients,gateway/playground/app,scripts,tests,worker,subgraphs,docs}/**/*.{ts,tsx,graphql,md}',
  )
  const texts = files.flatMap((file) => operationsIn(file).map((text) => [file, text] as const))
  expect(texts.length).toBeGreaterThan(100)
  for (const [file, text] of texts) {
    scanDocument(text, { ...defaultLimits, depth: 25, aliases: 100, rootFields: 25, fields: 1_000, tokens: 3_000 })
    const document = parse(text)
    for (const definition of document.definitions) {
      if (definition.kind !== Kind.OPERATION_DEFINITION) continue
      const { cost, items } = costs.estimate({ document, definition, coerced: {} })
      expect(cost, `${file}: ${text}`).toBeLessThan(defaultLimits.cost / 2)
      expect(items, `${file}: ${text}`).toBeLessThan(defaultLimits.listItems / 2)
    }
  }
})

it('a page of 100 with three single objects in each entry is cheap, five pages of 100 within each other are not', () => {
  const cost = (text: string) => {
    const document = parse(text)
    expect(validate(schema, document)).toEqual([])
    const [definition] = document.definitions
    if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error('The text has no operation.')
    return costs.estimate({ document, definition, coerced: {} }).cost
  }
  const page = (below: string) => `runs(first: 100) { edges { node { id ${below} } } }`
  expect(cost(`{ ${page('agent { name } version { number } startedBy { name }')} }`)).toBe(1 + 100 * (2 + 3))
  const nested = `{ ${page('startedBy { '.concat(page('startedBy { '.concat(page('startedBy { '.concat(page(`startedBy { ${page('')} }`), ' }')), ' }')), ' }'))} }`
  expect(cost(nested)).toBeGreaterThan(1e10)
})

/** The texts of a file that are valid operations over our schema. */
function operationsIn(file: string): string[] {
  const source = readFileSync(file, 'utf8')
  const texts = file.endsWith('.graphql')
    ? [source]
    : [...source.matchAll(/'([^'\n]*\{[^'\n]*\})'|`([^`]*\{[^`]*\}\s*)`/g)].map(
        ([, quoted, template]) => quoted ?? template ?? '',
      )
  return texts.filter((text) => {
    if (!/^\s*(query|mutation|subscription|fragment|\{)/.test(text)) return false
    try {
      return validate(schema, parse(text)).length === 0
    } catch (error) {
      if (error instanceof GraphQLError) return false
      throw error
    }
  })
}
