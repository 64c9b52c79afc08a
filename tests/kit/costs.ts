import { Kind, parse } from 'graphql'
import { clientSchemaOf } from '#platform/access/client-schema'
import { CostTable } from '../../gateway/operations/cost/cost-table.ts'
import { type Costable, Costs } from '../../gateway/operations/cost/costs.ts'
import { readCostDirectives } from '../../gateway/supergraph/cost-directives.ts'
import { composed } from './toy-supergraph.ts'

/** What operations cost over a supergraph. @param sizeAssumed of lists that nothing is stated of */
export function costsOver(supergraph: string, sizeAssumed = 5): Costs {
  const document = parse(supergraph, { noLocation: true })
  return new Costs(new CostTable(clientSchemaOf(document), readCostDirectives(document), sizeAssumed))
}

/** A supergraph of one subgraph that has `@cost` and `@listSize`. @param imports how it imports directives */
export const costedSupergraph = (typeDefs: string, imports = '"@key", "@cost", "@listSize"'): string =>
  composed([
    {
      name: 'a',
      url: 'http://a.example.com',
      typeDefs: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [${imports}]) ${typeDefs}`,
    },
  ])

/** The first operation of a text. */
export function operationIn(text: string, coerced: Readonly<Record<string, unknown>> = {}): Costable {
  const document = parse(text)
  const definition = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION)
  if (definition === undefined) throw new Error('The text has no operation.')
  return { document, definition, coerced }
}
