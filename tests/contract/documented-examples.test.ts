import { coerceInputValue, type GraphQLInputType, parse, validate } from 'graphql'
import { describe, expect, test } from 'vitest'
import { checkDefinition } from '../../subgraphs/agents/agent/definition/check-definition.ts'
import { faultOfTiming } from '../../subgraphs/agents/schedule/fire-times.ts'
import { connectorOf } from '../../subgraphs/integrations/connector/connectors.ts'
import { type Block, blocksOf, documents } from '../kit/document.ts'
import { clientSchema } from '../kit/operations.ts'

const schema = clientSchema()
const place = ({ file, line }: Block) => `${file}:${line}`
const named = (blocks: readonly Block[]) => blocks.map((block) => [place(block), block] as const)

const guide = blocksOf('docs/AGENTS.md')
/** What a command before it answers is compared where the command is run. */
const isAnswer = (block: Block) => guide[guide.indexOf(block) - 1]?.marks[0] === 'run'
const examples = guide.filter((block) => block.language === 'json' && !isAnswer(block))
const markedAs = (...marks: readonly string[]) => examples.filter(({ marks: [mark = ''] }) => marks.includes(mark))

/** A definition around what an example shows of one. */
const definitionOf = ({ text, marks: [mark] }: Block): unknown => {
  const given = JSON.parse(text)
  const steps = [{ id: 'only', kind: 'transform', expression: '1' }]
  if (mark === 'definition') return given
  if (mark === 'settings') return { grants: [], steps, ...given }
  return { grants: [], steps: mark === 'steps' ? given : [given] }
}

describe('the guide to agents', () => {
  const definitions = markedAs('definition', 'settings', 'steps', 'step')
  const inputs = examples.filter(({ marks: [mark = ''] }) => mark.endsWith('Input'))

  test('says of each example what it is an example of', () => {
    expect(definitions.length).toBeGreaterThan(8)
    expect(examples.filter((each) => ![...definitions, ...inputs].includes(each)).map(place)).toEqual([])
  })

  test.each(named(definitions))('shows at %s what can be published', async (_place, block) => {
    await checkDefinition(definitionOf(block)).catch((error) => expect(error.details ?? error).toEqual([]))
  })

  test.each(named(inputs))('shows at %s what the mutation takes', (_place, { text, marks: [mark = ''] }) => {
    const given = JSON.parse(text)
    const faults: string[] = []
    const type = schema.getType(mark) as GraphQLInputType
    coerceInputValue(given, type, (path, _value, { message }) => faults.push(`${path.join('.')}: ${message}`))
    if (mark === 'CreateScheduleInput') faults.push(...[faultOfTiming(given)].filter((fault) => fault !== undefined))
    if (mark === 'CreateConnectionInput')
      faults.push(...(connectorOf(given.connector)?.config.safeParse(given.config).error?.issues ?? []).map(String))
    expect(faults).toEqual([])
  })
})

test('every operation that a document shows is one that the API answers', () => {
  const operations = documents().flatMap((file) => blocksOf(file).filter(({ language }) => language === 'graphql'))
  expect(operations.length).toBeGreaterThan(5)
  const faults = operations.flatMap((block) =>
    validate(schema, parse(block.text)).map(({ message }) => `${place(block)}: ${message}`),
  )
  expect(faults).toEqual([])
})
