import type { FetchNode, PlanNode } from '../../planning/query-plan.ts'
import type { Variables } from '../operation.ts'
import type { EdgeContext } from '../request-context.ts'
import { SubgraphFailure } from '../subgraph-answer.ts'
import type { Fetch } from '../subgraph-fetch.ts'
import { FetchErrors } from './fetch-errors.ts'
import { mergeInto } from './merge-into.ts'
import { type Data, isObject, setOwn } from './own.ts'
import { representationsOf } from './representations.ts'
import { rewriter } from './rewrites.ts'
import type { Subtypes } from './subtypes.ts'
import { targetsAt } from './targets.ts'

/** What is the same for every operation over one supergraph. */
export interface PlanScope {
  readonly fetchers: ReadonlyMap<string, Fetch>
  readonly subtypes: Subtypes
}

export interface PlanRequest {
  /** As the client sent them: each subgraph coerces what it is given. */
  readonly variables: Variables
  /** Coerced, with defaults: what conditions are decided by. */
  readonly coerced: Variables
  readonly context: EdgeContext
}

/**
 * Executes a query plan: asks each subgraph what the plan says, and merges what they answer. What a subgraph does not answer
 * is missing, with an error at each of its fields; the rest goes on.
 *
 * @param data where everything is merged into; what is there already is where the plan goes on from
 */
export async function executePlan(
  plan: PlanNode,
  data: Data,
  scope: PlanScope,
  request: PlanRequest,
): Promise<FetchErrors> {
  const run = new PlanRun(data, scope, request)
  await run.execute(plan, [data], [])
  return run.errors
}

class PlanRun {
  readonly errors: FetchErrors
  readonly #scope: PlanScope
  readonly #request: PlanRequest

  constructor(data: Data, scope: PlanScope, request: PlanRequest) {
    this.errors = new FetchErrors(data)
    this.#scope = scope
    this.#request = request
  }

  /** @param at the path of `objects` from the root, in the plan's words */
  async execute(node: PlanNode, objects: readonly Data[], at: readonly string[]): Promise<void> {
    switch (node.kind) {
      case 'Fetch':
        return node.requires === undefined ? this.#fetch(node, objects, at) : this.#fetchEntities(node, objects, at)
      case 'Flatten': {
        const below = targetsAt(objects, node.path)
        return below.length === 0 ? undefined : this.execute(node.node, below, [...at, ...node.path])
      }
      case 'Sequence':
        for (const each of node.nodes) await this.execute(each, objects, at)
        return
      case 'Parallel':
        await Promise.all(node.nodes.map((each) => this.execute(each, objects, at)))
        return
      case 'Condition': {
        const chosen = this.#request.coerced[node.condition] === true ? node.ifClause : node.elseClause
        return chosen === undefined ? undefined : this.execute(chosen, objects, at)
      }
    }
  }

  async #fetch(node: FetchNode, objects: readonly Data[], at: readonly string[]): Promise<void> {
    const data = await this.#ask(node, this.#variablesOf(node), at, null)
    if (data === null) return
    rewriter(node.outputRewrites, this.#scope.subtypes)?.(data)
    for (const object of objects) mergeInto(object, data)
  }

  async #fetchEntities(node: FetchNode, objects: readonly Data[], at: readonly string[]): Promise<void> {
    const { subtypes } = this.#scope
    const asked = representationsOf(objects, node.requires ?? [], subtypes, rewriter(node.inputRewrites, subtypes))
    if (asked.unique.length === 0) return
    const variables = { ...this.#variablesOf(node), representations: asked.unique }
    const data = await this.#ask(node, variables, at, asked.placeOf)
    if (data === null) return
    const entities = data._entities as readonly unknown[]
    const rewrite = rewriter(node.outputRewrites, subtypes)
    if (rewrite !== null)
      for (const [place, entity] of entities.entries()) {
        if (!isObject(entity)) continue
        entity.__typename ??= asked.unique[place]?.__typename
        rewrite(entity)
      }
    for (let i = 0; i < objects.length; i += 1) {
      const entity = entities[asked.placeOf[i] ?? -1]
      const object = objects[i]
      if (isObject(entity) && object !== undefined) mergeInto(object, entity)
    }
  }

  async #ask(
    node: FetchNode,
    variables: Variables,
    at: readonly string[],
    placeOf: readonly number[] | null,
  ): Promise<Data | null> {
    const fetch = this.#scope.fetchers.get(node.serviceName)
    if (fetch === undefined) throw new Error(`No way to ask the subgraph ${node.serviceName}.`)
    const place = { subgraph: node.serviceName, query: node.operation, variables, at, placeOf }
    try {
      const { data, errors } = await fetch({
        kind: node.operationKind,
        query: node.operation,
        operationName: node.operationName,
        variables,
        context: this.#request.context,
      })
      if (errors.length > 0) this.errors.answered(errors, place)
      if (data === null || placeOf === null || isAnswerTo(data, variables)) return data as Data | null
      throw new SubgraphFailure('bad_answer', 'other entities were answered than were asked for')
    } catch (error) {
      if (!(error instanceof SubgraphFailure)) throw error
      this.errors.unavailable(error, place, this.#request.context)
      return null
    }
  }

  #variablesOf({ variableUsages = [] }: FetchNode): Variables {
    const given = this.#request.variables
    const used: Data = {}
    for (const name of variableUsages) if (Object.hasOwn(given, name)) setOwn(used, name, given[name])
    return used
  }
}

const isAnswerTo = ({ _entities: entities }: Data, { representations }: Variables): boolean =>
  Array.isArray(entities) && Array.isArray(representations) && entities.length === representations.length
