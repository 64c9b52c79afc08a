import { getCompileCacheDir } from 'node:module'
import { dirname, extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { SupergraphInvalidError } from '#platform/access/supergraph.errors'
import { OperationTooComplexError, RateLimitedError } from '../errors/edge.errors.ts'
import type { PlannerReply, PlannerRequest, PlannerStart } from './planner-message.ts'
import type { QueryPlan } from './query-plan.ts'

export interface PlannerLimits {
  /** How long one operation may take to plan, waiting for its turn not counted. */
  readonly planMs: number
  readonly startMs: number
  /** How many operations may wait for a plan. */
  readonly waitingMax: number
}

const plannerLimits: PlannerLimits = { planMs: 5_000, startMs: 30_000, waitingMax: 1_000 }
const heapMbMax = 1_024

/** What a supergraph says beside its plans. */
export interface PlannedSchema {
  readonly apiSdl: string
  readonly subtypes: Readonly<Record<string, readonly string[]>>
}

interface Waiting extends PlannerRequest {
  readonly resolve: (plan: QueryPlan) => void
  readonly reject: (error: Error) => void
}

/**
 * Plans operations over one supergraph in a thread of its own, so that no plan, however large, holds up other requests. A
 * plan that takes too long ends the thread, and with it that one operation only: the others are planned by its successor.
 */
export class Planner {
  readonly #start: PlannerStart
  readonly #limits: PlannerLimits
  readonly #queue: Waiting[] = []
  #thread: Worker | undefined
  #timer: NodeJS.Timeout | undefined
  #lastId = 0
  #isReady = false
  #isClosed = false

  private constructor(sdl: string, limits: PlannerLimits) {
    this.#start = { sdl }
    this.#limits = limits
  }

  /**
   * @param sdl the supergraph, without security directives
   * @throws SupergraphInvalidError when Apollo's gateway does not take it
   */
  static async open(sdl: string, limits = plannerLimits): Promise<{ planner: Planner; schema: PlannedSchema }> {
    const planner = new Planner(sdl, limits)
    try {
      return { planner, schema: await planner.#open() }
    } catch (cause) {
      await planner.close()
      throw cause
    }
  }

  /**
   * @param text a document that is valid over the API schema
   * @throws OperationTooComplexError when planning takes too long or too much; RateLimitedError while too many wait
   */
  plan(text: string, operationName: string | null): Promise<QueryPlan> {
    if (this.#isClosed) return Promise.reject(new Error('The planner is closed.'))
    if (this.#queue.length >= this.#limits.waitingMax) return Promise.reject(new RateLimitedError(1))
    return new Promise((resolve, reject) => {
      this.#lastId += 1
      this.#queue.push({ id: this.#lastId, text, operationName, resolve, reject })
      if (this.#queue.length === 1) this.#sendFirst()
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    for (const { reject } of this.#queue.splice(0)) reject(new Error('The planner is closed.'))
    await this.#thread?.terminate()
  }

  #open(): Promise<PlannedSchema> {
    const extension = extname(import.meta.filename)
    const cache = getCompileCacheDir()
    const thread = new Worker(new URL(`./planner-thread${extension}`, import.meta.url), {
      workerData: this.#start,
      // Unless this is set, Apollo's gateway reports the deployment to its vendor; it has no option for it.
      env: {
        APOLLO_TELEMETRY_DISABLED: 'true',
        NODE_ENV: 'production',
        // A process that keeps what it compiled keeps it for its threads too: each new supergraph starts one.
        ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: dirname(cache) }),
      },
      // Node strips the types of this one file by itself, in a fraction of the time that a loader takes.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: heapMbMax },
    })
    this.#thread = thread
    thread.unref()
    return new Promise((resolve, reject) => {
      const refuse = (reason: string) =>
        reject(new SupergraphInvalidError(`The supergraph cannot be served: ${reason}`))
      const late = setTimeout(() => {
        refuse('the planner does not start')
        void thread.terminate()
      }, this.#limits.startMs)
      thread.on('message', (message: PlannerReply) => {
        clearTimeout(late)
        // One that was given up may still have had something to say.
        if (this.#thread !== thread) return
        if (message.kind === 'ready') {
          this.#isReady = true
          resolve(message)
        } else if (message.kind === 'refused') refuse(message.reason)
        else this.#settle(message)
      })
      thread.on('error', (error) => refuse(error.message))
      thread.on('exit', () => {
        clearTimeout(late)
        refuse('the planner ended')
        if (this.#thread === thread) this.#startAgain()
      })
    })
  }

  #sendFirst(): void {
    const [first] = this.#queue
    if (first === undefined || !this.#isReady) return
    const { id, text, operationName } = first
    this.#thread?.postMessage({ id, text, operationName } satisfies PlannerRequest)
    this.#timer = setTimeout(() => this.#startAgain(), this.#limits.planMs).unref()
  }

  #settle(message: Extract<PlannerReply, { id: number }>): void {
    const [first] = this.#queue
    if (first?.id !== message.id) return
    clearTimeout(this.#timer)
    this.#queue.shift()
    if (message.kind === 'plan') first.resolve(message.plan)
    else first.reject(message.tooComplex ? new OperationTooComplexError() : new Error(message.reason))
    this.#sendFirst()
  }

  /** The operation at hand is what the thread died of, or hung on. */
  #startAgain(): void {
    if (this.#isClosed || !this.#isReady) return
    this.#isReady = false
    clearTimeout(this.#timer)
    this.#queue.shift()?.reject(new OperationTooComplexError())
    void this.#thread?.terminate()
    this.#reopen()
  }

  #reopen(): void {
    if (this.#isClosed) return
    this.#open().then(
      () => this.#sendFirst(),
      () => setTimeout(() => this.#reopen(), 1_000).unref(),
    )
  }
}
