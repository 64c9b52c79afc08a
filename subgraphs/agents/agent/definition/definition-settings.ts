/** A duration as `500ms`, `30s`, `5m`, `1h30m` or `7d`. */
export type DurationText = string
export type JsonSchema = Readonly<Record<string, unknown>>

/** What each run of the agent may use up; the organization's own limits bind besides. */
export interface RunLimits {
  /** Steps completed, of all iterations and attempts of composite steps together. */
  readonly steps?: number
  /** Tokens to and from models together. */
  readonly tokens?: number
  /** In US dollars. */
  readonly cost?: number
  /** From its first claim to its end, waits included. */
  readonly duration?: DurationText
  /** Runs of the agent at one time; with `key`, of those with the same value. */
  readonly concurrency?: { readonly runs: number; readonly key?: string }
  /** Runs of the agent that may begin in a period; with `key`, of those with the same value. */
  readonly rate?: { readonly runs: number; readonly period: DurationText; readonly key?: string }
}

export interface ApprovalPolicy {
  /** How many have to approve, 1 unless told. */
  readonly count?: number
  /** Names of roles; whoever decides has one of them besides the right to decide. */
  readonly roles?: readonly string[]
  /** Whether the run's starter may decide; not unless told. */
  readonly selfApproval?: boolean
  /** JSON Schema of what whoever approves fills in. */
  readonly form?: JsonSchema
  readonly expiresIn?: DurationText
  /** What the end of `expiresIn` means: a rejection unless told. */
  readonly onExpiry?: 'approve' | 'reject' | 'fail'
}
