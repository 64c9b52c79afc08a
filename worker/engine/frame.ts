/** What the expressions of steps see, and what bounds them, where the steps stand. */
export interface Frame {
  /** Before the path of each step: empty, or ends in a slash. */
  readonly prefix: string
  /** Outputs by step id, as `steps` in expressions. */
  readonly steps: Record<string, unknown>
  /** Further names in expressions: `item`, `index`, `previous`, `error`, `output`. */
  readonly names: Readonly<Record<string, unknown>>
  /** Aborted when what is around the steps is given up. */
  readonly signal: AbortSignal
  /** ms since 1970: when the innermost time limit around the steps ends; infinity without one. */
  readonly deadlineMs: number
}

/** A frame within another; steps keep seeing what is around them. */
export const within = (frame: Frame, more: Partial<Frame>): Frame => ({
  ...frame,
  ...more,
  names: { ...frame.names, ...more.names },
})

/** A frame whose steps' outputs are seen in it alone, as of one iteration of many. */
export const apart = (frame: Frame, more: Partial<Frame>): Frame =>
  within(frame, { ...more, steps: { ...frame.steps } })
