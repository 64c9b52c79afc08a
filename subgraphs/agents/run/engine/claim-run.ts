import { LRUCache } from 'lru-cache'
import { call } from '#platform/db/call'
import { read } from '#platform/db/read'
import type { Ctx } from '#platform/graphql/context'
import { newId } from '#platform/id'
import type { Definition } from '../../agent/definition/definition.ts'
import { decideKeys, type KeyEvaluator } from '../../limits/decide-keys.ts'
import { type PolicyBudget, runBudget } from '../../limits/run-budget.ts'
import type { StoredStep } from '../../step/step-record.ts'
import type { RunEnding } from '../run.entity.ts'
import type { ClaimedRun, RunUsage } from './claimed-run.ts'

const claimFunction = { name: 'agents.claim_run', types: ['uuid', 'text', 'int', 'uuid', 'boolean'] } as const

interface Taken extends RunUsage {
  readonly now: string
  readonly agentId: string
  readonly versionId: string
  readonly startedBy: string
  readonly scopesMax: string[] | null
  readonly input: Record<string, unknown>
  readonly requestId: string
  readonly traceparent: string
  readonly startedAt: string
  readonly epoch: number
  readonly ownersLost: number
  readonly ending: RunEnding | null
  readonly depth: number
  readonly parentRunId: string | null
  readonly parentPath: string | null
  readonly cancelRequested: boolean
  readonly payloadBytes: number
  readonly policy: PolicyBudget | null
  /** What the run was held by until now. */
  readonly heldBy: string | null
  readonly steps: StoredStep[]
}

/** A run that a limit holds, from when on it may be worked on, if that is known (ISO 8601). */
export interface HeldRun {
  readonly held: string
  readonly at: string | null
}

/** The values of the run's keys are to be told before its limits can be looked at. */
interface Undecided {
  readonly decide: string
  readonly input: Record<string, unknown>
}

/** It would be set aside if it lost this owner too: only to be taken by itself. */
interface Suspect {
  readonly lastChance: true
}

/** What who claims wants to know besides, and can do. */
export interface ClaimHooks {
  /** Evaluates the keys of limits. */
  readonly evaluate?: KeyEvaluator
  readonly onHeld?: (organizationId: string, runId: string, held: HeldRun) => void
  /** Whether a run that is on its last chance may be taken now; without it none is. */
  readonly onLastChance?: (runId: string) => boolean
  readonly onTaken?: (runId: string) => void
  /** A limit let a run go: it may have room for the next one. */
  readonly onLetGo?: (organizationId: string) => void
}

/** Takes runs for one owner. Published versions never change, so that each is read once. */
export class RunClaims {
  readonly #owner: string
  readonly #leaseMs: number
  readonly #definitions = new LRUCache<string, Definition>({ max: 500 })

  readonly #hooks: ClaimHooks

  constructor(owner: string, leaseMs: number, hooks: ClaimHooks = {}) {
    this.#owner = owner
    this.#leaseMs = leaseMs
    this.#hooks = hooks
  }

  /**
   * Takes a run that is due until `leaseMs` from now by the database's clock. The new epoch shuts every earlier owner out.
   *
   * @returns what the owner needs to go on; undefined when there is nothing to do here: no such run, ended, owned,
   *   not due yet, held by a limit, or on its last chance without room for it
   */
  async claim(ctx: Ctx, runId: string): Promise<ClaimedRun | undefined> {
    const { organizationId } = ctx.caller
    const taken = await this.#take(ctx, runId)
    if (taken === null) return undefined
    if ('held' in taken) {
      this.#hooks.onHeld?.(organizationId, runId, taken)
      return undefined
    }
    this.#hooks.onTaken?.(runId)
    const definition = await this.#definition(ctx, taken.versionId)
    const { scopesMax, now, stepsDone, inputTokens, outputTokens, costMicros, policy, heldBy, ...rest } = taken
    if (heldBy !== null) this.#hooks.onLetGo?.(organizationId)
    return {
      ...rest,
      ...{ runId, organizationId, definition, claimedAt: now },
      input: { ...definition.input, ...taken.input },
      grants: definition.grants.filter((scope) => scopesMax?.includes(scope) ?? true),
      budget: runBudget(definition, policy),
      used: { stepsDone, inputTokens, outputTokens, costMicros },
    }
  }

  async #take(ctx: Ctx, runId: string): Promise<Taken | HeldRun | null> {
    let lastChance = false
    const ask = () =>
      call<Taken | HeldRun | Suspect | Undecided | null>(ctx, claimFunction, [
        ...[runId, this.#owner, this.#leaseMs, newId(), lastChance],
      ])
    let answer = await ask()
    if (answer !== null && 'lastChance' in answer) {
      lastChance = this.#hooks.onLastChance?.(runId) ?? false
      if (!lastChance) return null
      answer = await ask()
    }
    if (answer !== null && 'decide' in answer) {
      const definition = await this.#definition(ctx, answer.decide)
      const input = { ...definition.input, ...answer.input }
      await decideKeys(ctx, runId, definition, input, this.#hooks.evaluate)
      answer = await ask()
    }
    return answer === null || 'decide' in answer || 'lastChance' in answer ? null : answer
  }

  async #definition(ctx: Ctx, versionId: string): Promise<Definition> {
    const key = `${ctx.caller.organizationId}:${versionId}`
    const known = this.#definitions.get(key)
    if (known !== undefined) return known
    const [version] = await read(ctx, (em) =>
      em.execute<{ definition: Definition }[]>(
        'select definition from agents.agent_version where organization_id = ? and id = ?',
        [ctx.caller.organizationId, versionId],
      ),
    )
    if (version === undefined) throw new Error(`There is no version ${versionId}.`)
    this.#definitions.set(key, version.definition)
    return version.definition
  }
}
