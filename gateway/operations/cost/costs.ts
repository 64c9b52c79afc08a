import type { DocumentNode, OperationDefinitionNode } from 'graphql'
import type { Answer, Operation } from '../../execution/operation.ts'
import { actualCost } from './actual-cost.ts'
import { costOperation } from './cost-operation.ts'
import type { CostTable } from './cost-table.ts'
import type { CostedOperation } from './costed-operation.ts'
import { type Estimate, estimateCost, largestList } from './estimate-cost.ts'

/** What is needed of an operation to tell its cost. */
export type Costable = Pick<Operation, 'document' | 'definition' | 'coerced'>

/** What operations over one supergraph cost. An operation is looked at once; later only its variables are. */
export class Costs {
  readonly #table: CostTable
  readonly #known = new WeakMap<OperationDefinitionNode, CostedOperation>()

  constructor(table: CostTable) {
    this.#table = table
  }

  /** @throws CostUnknownError; InvalidInputError where a slicing argument that is required is missing */
  estimate(operation: Costable): Estimate {
    return estimateCost(this.#costed(operation), operation.coerced)
  }

  /** The list of the most entries, by the keys that lead to it; null when there is none. */
  largestList(operation: Costable): string | null {
    return largestList(this.#costed(operation), operation.coerced)
  }

  /** What it came to: with lists as long as they were. */
  actual(operation: Costable, { data }: Pick<Answer, 'data'>): number {
    return actualCost(this.#costed(operation), data, operation.coerced)
  }

  #costed({ document, definition }: { document: DocumentNode; definition: OperationDefinitionNode }): CostedOperation {
    const known = this.#known.get(definition)
    if (known !== undefined) return known
    const costed = costOperation(this.#table, document, definition)
    this.#known.set(definition, costed)
    return costed
  }
}
