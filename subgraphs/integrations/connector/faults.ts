import type { z } from 'zod'

export interface Fault {
  /** Where in the value, e.g. `headers.accept`; empty for the value itself. */
  readonly path: string
  readonly message: string
}

/** At most twenty of what is wrong with a value from outside; never the value itself. */
export const faultsOf = (error: z.ZodError): Fault[] =>
  error.issues.slice(0, 20).map((issue) => ({ path: issue.path.map(String).join('.'), message: issue.message }))
