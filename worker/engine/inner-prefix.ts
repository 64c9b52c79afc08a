import type { StepRecord } from '../../subgraphs/agents/jobs.ts'

/** What the paths of the steps within a step begin with: each further attempt of it has steps of its own. */
export const innerPrefix = ({ path, attempt }: StepRecord): string => (attempt === 1 ? path : `${path}#${attempt}`)

/** Whether a step stands within another one, in whichever attempt. */
export const isWithin = (path: string, outer: string): boolean =>
  path.startsWith(outer) && /^[/#[]/.test(path.slice(outer.length))
