import { Directive } from 'type-graphql'

/**
 * How many entries a list has that is no page, for whoever estimates what an operation costs (Federation 2.9, `@listSize`):
 * what is usual where it is bounded far above that.
 */
export const ListSize = (entries: number) =>
  Directive(`@listSize(assumedSize: ${entries}, requireOneSlicingArgument: false)`)

/** What a field costs, where it is more work than one object is: 1 (Federation 2.9, `@cost`). */
export const Cost = (weight: number) => Directive(`@cost(weight: ${weight})`)
