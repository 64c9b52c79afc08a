import type { ApprovalPolicy, DurationText, JsonSchema, RunLimits } from './definition-settings.ts'
import type { Retry } from './retry.ts'

/** What an agent does, as its author wrote it and as it was checked at publish. */
export interface Definition {
  /** The scopes that a run may use, as far as its starter has them. */
  readonly grants: readonly string[]
  /** Fills what the input of a run leaves out. */
  readonly input?: Readonly<Record<string, unknown>>
  /** JSON Schema of what a run's input must be, the defaults filled in. */
  readonly inputSchema?: JsonSchema
  /** JSON Schema of what a run's output must be. */
  readonly outputSchema?: JsonSchema
  readonly limits?: RunLimits
  readonly steps: readonly Step[]
  /** JSONata: the run's output. Without it the last step's output is the run's. */
  readonly output?: string
}

export type Step =
  | LlmStep
  | AgentStep
  | ToolStep
  | HttpStep
  | TransformStep
  | BranchStep
  | ParallelStep
  | MapStep
  | LoopStep
  | WaitStep
  | ApprovalStep
  | SubagentStep
export type StepKind = Step['kind']
export type StepOf<Kind extends StepKind> = Extract<Step, { readonly kind: Kind }>

export interface StepBase {
  /** Unique in the whole definition; expressions read the step's output as `steps.<id>`. */
  readonly id: string
  /** JSONata: unless it is true the step is skipped, its output null. */
  readonly when?: string
  /** Of one attempt; of a composite step with all that is in it, of a wait with the waiting. */
  readonly timeout?: DurationText
  readonly retry?: Retry
  /** A failure becomes the output, as `{ error: { code, message } }`, and the run goes on. */
  readonly continueOnError?: boolean
  /** Run instead when the step has failed, with `error` in their expressions; the last one's output is the step's. */
  readonly onFailure?: readonly Step[]
  /** Undo the step when the run fails or is cancelled after it; `output` in their expressions is what the step gave. */
  readonly compensate?: readonly Step[]
}

/** What a model is asked, in one call. */
interface ModelCall extends StepBase {
  /** A connection to a provider of models. */
  readonly connection: string
  /** The provider's name of the model; the connection's default without it. */
  readonly model?: string
  readonly system?: string
  /** Texts may hold `{{ <jsonata> }}` anywhere. */
  readonly prompt: string
  /** JSON Schema of the answer; without it the answer is a text. */
  readonly output?: JsonSchema
  readonly maxOutputTokens?: number
  readonly temperature?: number
}

/** One call of a model. */
export interface LlmStep extends ModelCall {
  readonly kind: 'llm'
}

/** A model that is given tools, and asked again with what they answered until it needs none. */
export interface AgentStep extends ModelCall {
  readonly kind: 'agent'
  readonly tools: readonly AgentTool[]
  /** Answers of the model, 20 unless told. */
  readonly maxTurns?: number
}

export interface AgentTool {
  readonly name: string
  readonly description: string
  /** JSON Schema of the arguments that the model gives. */
  readonly parameters: JsonSchema
  readonly connection: string
  readonly action: string
  /** As of a tool step, with the model's arguments as `arguments` in expressions; without it they are handed on as they are. */
  readonly with?: unknown
  /** Someone has to approve each call, with the arguments that they are shown. */
  readonly approval?: ApprovalPolicy
}

/** Calls an action of a connection. */
export interface ToolStep extends StepBase {
  readonly kind: 'tool'
  readonly connection: string
  readonly action: string
  /** Any JSON; a text that is wholly `{{ <jsonata> }}` is replaced by the expression's value. */
  readonly with?: unknown
}

/** Calls an address that needs no credentials; what does is a `tool` of an `http` connection. */
export interface HttpStep extends StepBase {
  readonly kind: 'http'
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** A text is sent as it is, any other value as JSON. */
  readonly body?: unknown
  /** Whether making the request twice does no more than making it once; so for all methods but POST and PATCH unless told. */
  readonly idempotent?: boolean
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

/** Runs its branches at the same time; its output has the last output of each, under the branch's name. */
export interface ParallelStep extends StepBase {
  readonly kind: 'parallel'
  readonly branches: Readonly<Record<string, readonly Step[]>>
}

/** Runs its steps for each item; its output is the list of their last outputs. */
export interface MapStep extends StepBase {
  readonly kind: 'map'
  /** JSONata for a list; `item` and `index` are in the expressions of the steps. */
  readonly items: string
  readonly steps: readonly Step[]
  /** Items at a time, 4 unless told. */
  readonly concurrency?: number
  /** An item that fails has null in the list instead of failing the step. */
  readonly skipFailures?: boolean
}

/** Repeats its steps; `index` and `previous`, the last output of the iteration before, are in their expressions. */
export interface LoopStep extends StepBase {
  readonly kind: 'loop'
  /** JSONata, decided before each iteration. */
  readonly while?: string
  /** JSONata, decided after each iteration. */
  readonly until?: string
  readonly steps: readonly Step[]
  /** The step fails when that many were not enough. */
  readonly maxIterations: number
}

/** Waits without a worker: for a time, until a time, or for an event. */
export interface WaitStep extends StepBase {
  readonly kind: 'wait'
  readonly for?: DurationText
  /** JSONata for an ISO 8601 time, or for milliseconds since 1970. */
  readonly until?: string
  readonly event?: { readonly name: string; readonly key?: string }
  /** What the end of `timeout` means: a failure unless told. */
  readonly onTimeout?: 'fail' | 'continue'
}

/** Waits until people decide. */
export interface ApprovalStep extends StepBase, ApprovalPolicy {
  readonly kind: 'approval'
  readonly title: string
  readonly message?: string
  /** What those who decide are shown, exactly; filled in as `with` of a tool is. */
  readonly show?: unknown
}

/** Starts a run of another agent. */
export interface SubagentStep extends StepBase {
  readonly kind: 'subagent'
  /** Its id. */
  readonly agent: string
  /** Filled in as `with` of a tool is. */
  readonly input?: unknown
  /** Whether to wait for its end, which then is the step's; so unless told. */
  readonly wait?: boolean
}
