import type { z } from 'zod'

/**
 * A job's contract. A job is a hint that there is work in PostgreSQL, which keeps the truth about retries and outcome:
 * losing or repeating one must be harmless.
 */
export interface JobDefinition<Schema extends z.ZodType = z.ZodType> {
  /** Imperative, kebab-case; also the queue's name. */
  readonly name: string
  readonly payload: Schema
  /** How many run at once in one worker. */
  readonly concurrency: number
}

export const defineJob = <Schema extends z.ZodType>(job: JobDefinition<Schema>): JobDefinition<Schema> => job
