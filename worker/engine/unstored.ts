import { newId } from '#platform/id'
import {
  asideBytesMin,
  type NewApproval,
  type RunCommit,
  type RunEnding,
  type RunUsage,
  type StepRecord,
  type Transition,
} from '../../subgraphs/agents/jobs.ts'

/** What an owner did of a run and has not sent to be stored yet: steps are kept whole, as they are when they are sent. */
export class Unstored {
  readonly #aside = new Map<StepRecord, { readonly id: string; readonly content: unknown }>()
  #dirty = new Set<StepRecord>()
  #events: Transition[] = []
  #used: RunUsage = noUsage
  #approvals: NewApproval[] = []
  #withdrawn: string[] = []
  #payloadBytes = 0
  #ending: RunEnding | undefined

  get isEmpty(): boolean {
    return this.#dirty.size === 0 && this.#events.length === 0 && this.#ending === undefined
  }

  step(step: StepRecord, used: Partial<RunUsage>): void {
    this.#dirty.add(step)
    const before = this.#used
    this.#used = {
      stepsDone: before.stepsDone + (used.stepsDone ?? 0),
      inputTokens: before.inputTokens + (used.inputTokens ?? 0),
      outputTokens: before.outputTokens + (used.outputTokens ?? 0),
      costMicros: before.costMicros + (used.costMicros ?? 0),
    }
  }

  event(type: Transition['type'], data: object): void {
    this.#events.push({ id: newId(), type, data: { ...data }, at: new Date().toISOString() })
  }

  output(step: StepRecord, output: unknown, bytes: number): void {
    this.#payloadBytes += bytes
    if (bytes > asideBytesMin) this.#aside.set(step, { id: newId(), content: output })
  }

  approval(approval: NewApproval): void {
    this.#approvals.push(approval)
  }

  withdrawal(approvalId: string): void {
    this.#withdrawn.push(approvalId)
  }

  ending(ending: RunEnding): void {
    this.#ending = ending
  }

  /** Everything, to be sent as one commit; nothing is left. */
  take(): Omit<RunCommit, 'number'> {
    const dirty = [...this.#dirty]
    const taken = {
      ...this.#used,
      ...(this.#ending === undefined ? {} : { ending: this.#ending }),
      ...(this.#approvals.length === 0 ? {} : { approvals: this.#approvals }),
      ...(this.#withdrawn.length === 0 ? {} : { withdrawn: this.#withdrawn }),
      payloads: dirty.flatMap((step) => this.#aside.get(step) ?? []),
      payloadBytes: this.#payloadBytes,
      events: this.#events,
      // As they are now: they may change while the commit is under way.
      steps: dirty.map((step) => ({ ...step, ...this.#besides(step) })),
    }
    this.#dirty = new Set()
    this.#events = []
    this.#used = noUsage
    this.#approvals = []
    this.#withdrawn = []
    this.#payloadBytes = 0
    this.#ending = undefined
    return taken
  }

  #besides(step: StepRecord): object {
    const aside = this.#aside.get(step)
    return aside === undefined || step.output === null ? {} : { output: null, outputRef: aside.id }
  }
}

const noUsage: RunUsage = { stepsDone: 0, inputTokens: 0, outputTokens: 0, costMicros: 0 }
