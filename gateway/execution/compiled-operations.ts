import type { GraphQLSchema } from 'graphql'
import { LRUCache } from 'lru-cache'
import { OperationTooComplexError } from '../errors/edge.errors.ts'
import type { Planner } from '../planning/planner.ts'
import { CompiledOperation } from './compiled-operation.ts'
import type { Operation } from './operation.ts'
import type { PlanScope } from './plan/execute-plan.ts'
import { PlannedAliases } from './planned-aliases.ts'

/** How much text of operations is kept compiled; what is made of it takes some fifty times that. */
const charactersMax = 2_000_000
const refusalsMax = 1_000
const refusedMs = 60_000

export interface OperationScope extends PlanScope {
  /** The names of fields that the planner may add to an operation. */
  readonly reserved: ReadonlySet<string>
}

/** What planning needs to know of an operation. */
export type Plannable = Pick<Operation, 'hash' | 'text' | 'document' | 'definition' | 'name'>

/** The operations of one supergraph that were executed lately, each planned once however many ask for it at once. */
export class CompiledOperations {
  readonly #known = new LRUCache<string, CompiledOperation>({ maxSize: charactersMax })
  /** What took the planner too long does so again: it is not let hold up the others at each try. */
  readonly #tooComplex = new LRUCache<string, OperationTooComplexError>({ max: refusalsMax, ttl: refusedMs })
  readonly #planning = new Map<string, Promise<CompiledOperation>>()
  readonly #schema: GraphQLSchema
  readonly #planner: Pick<Planner, 'plan'>
  readonly #scope: OperationScope

  constructor(schema: GraphQLSchema, planner: Pick<Planner, 'plan'>, scope: OperationScope) {
    this.#schema = schema
    this.#planner = planner
    this.#scope = scope
  }

  /** @throws OperationTooComplexError when it cannot be planned within the planner's limits */
  get(operation: Plannable): CompiledOperation | Promise<CompiledOperation> {
    const key = operation.name === null ? operation.hash : `${operation.hash} ${operation.name}`
    const known = this.#known.get(key) ?? this.#planning.get(key)
    if (known !== undefined) return known
    const refusal = this.#tooComplex.get(key)
    if (refusal !== undefined) throw refusal
    return this.#plan(key, operation)
  }

  #plan(key: string, operation: Plannable): Promise<CompiledOperation> {
    const { document, definition } = operation
    const aliases = new PlannedAliases(document, this.#scope.reserved)
    const planning = this.#planner
      .plan(aliases.textOf(document, operation.text), operation.name)
      .then((plan) => {
        const compiled = new CompiledOperation({ document, definition, aliases }, plan, this.#schema, this.#scope)
        this.#known.set(key, compiled, { size: key.length + operation.text.length })
        return compiled
      })
      .catch((error: unknown) => {
        if (error instanceof OperationTooComplexError) this.#tooComplex.set(key, error)
        throw error
      })
      .finally(() => this.#planning.delete(key))
    this.#planning.set(key, planning)
    return planning
  }
}
