/** What an agent does, as its author wrote it and as it was checked at publish. */
export interface Definition {
  /** The scopes that a run may use, as far as its starter has them. */
  readonly grants: readonly string[]
  /** Fills what the input of a run leaves out. */
  readonly input?: Readonly<Record<string, unknown>>
  readonly steps: readonly Step[]
  /** JSONata: the run's output. Without it the last step's output is the run's. */
  readonly output?: string
}

export type Step = ToolStep | TransformStep | BranchStep
export type StepKind = Step['kind']

interface StepBase {
  /** Unique in the whole definition; expressions read the step's output as `steps.<id>`. */
  readonly id: string
  readonly timeoutMs?: number
}

/** Calls an action of a connection. */
export interface ToolStep extends StepBase {
  readonly kind: 'tool'
  readonly connection: string
  readonly action: string
  /** Any JSON; a text that is wholly `{{ <jsonata> }}` is replaced by the expression's value. */
  readonly with?: unknown
}

/** Makes a new value from what the run has so far. */
export interface TransformStep extends StepBase {
  readonly kind: 'transform'
  readonly expression: string
}

/** Goes on with the steps of the first case whose condition is true, or else with `otherwise`. */
export interface BranchStep extends StepBase {
  readonly kind: 'branch'
  readonly cases: readonly { readonly when: string; readonly steps: readonly Step[] }[]
  readonly otherwise?: readonly Step[]
}
