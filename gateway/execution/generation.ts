import { buildASTSchema, type GraphQLSchema, parse } from 'graphql'
import { type MayReadSchema, withoutSuggestion } from '../authorization/guard-introspection.ts'
import { type Permit, pruneBeforePlanning } from '../authorization/pruning/prune-before-planning.ts'
import type { GraphqlParams } from '../http/graphql-params.ts'
import { CostTable } from '../operations/cost/cost-table.ts'
import { Costs } from '../operations/cost/costs.ts'
import { DocumentStore } from '../operations/document-store.ts'
import {
  type DocumentStores,
  persistedHashOf,
  type ResolvedDocument,
  resolveDocument,
} from '../operations/documents/resolve-document.ts'
import type { TrustedDocuments } from '../operations/documents/trusted-documents.ts'
import { boundVariables } from '../operations/limits/bound-variables.ts'
import { RequestFault } from '../operations/request-fault.ts'
import { resolveOperation } from '../operations/resolve-operation.ts'
import { Planner } from '../planning/planner.ts'
import type { Supergraph } from '../supergraph/read-supergraph.ts'
import { tracePlan } from '../telemetry/trace-plan.ts'
import { CompiledOperations } from './compiled-operations.ts'
import type { Answer, Check, Execute, Operation, Stage } from './operation.ts'
import type { Data } from './plan/own.ts'
import { Subtypes } from './plan/subtypes.ts'
import type { EdgeContext } from './request-context.ts'
import type { Fetch, SubgraphFetch } from './subgraph-fetch.ts'

type Opened = Awaited<ReturnType<typeof Planner.open>>

/** What a generation is made with, beside its supergraph. */
export interface GenerationParts {
  /** How each subgraph is asked, by its name. */
  readonly fetches: ReadonlyMap<string, Fetch>
  /** What every operation is checked for, in this order. */
  readonly checks: (schema: GraphQLSchema, costs: Costs) => readonly Check[]
  /** What happens around the execution of queries and mutations, from the outside in. */
  readonly stages: (schema: GraphQLSchema, costs: Costs) => readonly Stage[]
  /** Who may have what; null when everybody may have everything. */
  readonly permit: (schema: GraphQLSchema) => Permit | null
  readonly mayReadSchema: MayReadSchema
  /** What clients may ask for by id. */
  readonly documents: (schema: GraphQLSchema) => Promise<DocumentStores>
  /** When nobody asks through `fetches` any more. */
  readonly release: () => Promise<void>
  /** How long a list is taken to be of which the supergraph says nothing. */
  readonly listSizeAssumed: number
}

/** A subscription that was checked and planned: where its events come from, and what becomes of each. */
export interface LiveOperation {
  readonly subgraph: string
  readonly fetch: SubgraphFetch
  /**
   * @param event the data of one event; changed
   * @param context whose rights count for the rest of the selection
   */
  readonly answerTo: (event: Data, context: EdgeContext) => Promise<Answer>
}

/**
 * Everything that hangs on one supergraph. A request meets one generation and stays with it; a reload makes the next one, and
 * this one ends when its last request has ended.
 */
export class Generation {
  readonly supergraph: Supergraph
  readonly schema: GraphQLSchema
  readonly execute: Execute
  readonly costs: Costs
  readonly #planner: Planner
  readonly #documents: DocumentStore
  readonly #stores: DocumentStores
  readonly #operations: CompiledOperations
  readonly #checks: readonly Check[]
  readonly #permit: Permit | null
  readonly #mayReadSchema: MayReadSchema
  readonly #release: () => Promise<void>

  private constructor(
    supergraph: Supergraph,
    { planner, schema: planned }: Opened,
    schema: GraphQLSchema,
    stores: DocumentStores,
    parts: GenerationParts,
  ) {
    this.supergraph = supergraph
    this.schema = schema
    this.#planner = planner
    this.#documents = new DocumentStore(schema)
    this.#stores = stores
    const subtypes = new Subtypes(planned.subtypes)
    const scope = { fetchers: parts.fetches, subtypes, reserved: supergraph.fieldSetNames }
    this.#operations = new CompiledOperations(schema, planner, scope)
    const costs = new Costs(new CostTable(schema, supergraph.costs, parts.listSizeAssumed))
    this.costs = costs
    this.#checks = parts.checks(schema, costs)
    this.#permit = parts.permit(schema)
    this.#mayReadSchema = parts.mayReadSchema
    this.#release = parts.release
    const pruning = this.#permit === null ? [] : [pruneBeforePlanning(this.#permit)]
    this.execute = [...parts.stages(schema, costs), ...pruning].reduceRight<Execute>(
      (next, stage) => stage(next),
      async (operation, context) => {
        const compiled = this.#operations.get(operation)
        const planned = compiled instanceof Promise ? await tracePlan(compiled, context.span) : compiled
        return planned.execute(operation, context)
      },
    )
  }

  /**
   * @param parts made when the planner has taken the supergraph
   * @throws SupergraphInvalidError when it does not
   */
  static async open(supergraph: Supergraph, parts: () => GenerationParts): Promise<Generation> {
    const opened = await Planner.open(supergraph.sdl)
    try {
      const schema = buildASTSchema(parse(opened.schema.apiSdl, { noLocation: true }), { assumeValid: true })
      const made = parts()
      return new Generation(supergraph, opened, schema, await made.documents(schema), made)
    } catch (error) {
      await opened.planner.close()
      throw error
    }
  }

  /** Plans a valid document before anybody asks for it. @throws OperationTooComplexError when it cannot be planned */
  async warm(text: string): Promise<void> {
    const { hash, document, operations } = this.#documents.get(text, null)
    for (const definition of operations)
      await this.#operations.get({ hash, text, document, definition, name: definition.name?.value ?? null })
  }

  /** The operation that a request asks for. @throws RequestFault, and DomainErrors, when it is none that could be executed */
  operationOf(params: GraphqlParams, context: EdgeContext): Operation | Promise<Operation> {
    const { query, documentId, operationName } = params
    const asked = { query, documentId, operationName, hash: persistedHashOf(params.extensions) }
    const resolved = resolveDocument(asked, context.client, this.#stores)
    if (!(resolved instanceof Promise)) return this.#operationIn(resolved, params, context)
    return resolved.then((document) => this.#operationIn(document, params, context))
  }

  #operationIn({ text, registered, keep }: ResolvedDocument, params: GraphqlParams, context: EdgeContext): Operation {
    const { operationName, variables, extensions } = params
    const { limits } = context.client
    boundVariables(variables, limits)
    // What is registered is free of the limits that its text alone decides.
    const known = this.#documents.get(text, registered === null ? limits : null)
    if (known.errors.length > 0)
      throw new RequestFault(this.#mayReadSchema(context) ? known.errors : known.errors.map(withoutSuggestion))
    keep?.()
    return resolveOperation(known, { operationName, variables, registered, extensions }, this.schema)
  }

  /** The operations that clients have registered, with what of them was left out. */
  get trusted(): TrustedDocuments {
    return this.#stores.trusted
  }

  async check(operation: Operation, context: EdgeContext): Promise<void> {
    for (const check of this.#checks) {
      const checking = check(operation, context)
      if (checking !== undefined) await checking
    }
  }

  /** The plan of an operation as its caller may have it, without what is denied to them; it asks nothing and nobody hears of it. */
  async planFor(operation: Operation, context: EdgeContext) {
    const permitted = this.#permit?.(operation, context, () => {}) ?? { operation, denials: [] }
    const effective = 'refused' in permitted ? null : permitted.operation
    const node = effective === null ? undefined : (await this.#operations.get(effective)).plan.node
    return { denials: permitted.denials, node: node ?? null }
  }

  /** Plans a subscription that was checked; its answer instead when the caller may not have it. */
  async openSubscription(operation: Operation, context: EdgeContext): Promise<LiveOperation | { refused: Answer }> {
    const permitted = this.#permit?.(operation, context) ?? {
      operation,
      restore: (answer: Answer) => answer,
      denials: [],
    }
    if ('refused' in permitted) return permitted
    const effective = permitted.operation
    if (effective === null) return { refused: permitted.restore({ data: {} }) }
    const compiled = await this.#operations.get(effective)
    const { serviceName, operation: query, operationName, variableUsages = [] } = compiled.subscription.primary
    const used = Object.entries(operation.variables).filter(([name]) => variableUsages.includes(name))
    return {
      subgraph: serviceName,
      fetch: { kind: 'subscription', query, operationName, variables: Object.fromEntries(used), context },
      answerTo: async (event, by) => permitted.restore(await compiled.answerTo(event, effective, by)),
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#planner.close(), this.#release()])
  }
}
