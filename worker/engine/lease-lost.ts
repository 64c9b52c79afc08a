import { RunStopped } from './run-stopped.ts'

/** Whether an error says that somebody else has the run: nothing of it may be stored here any more. */
export const isLeaseLost = (error: unknown): boolean =>
  (error as { code?: string } | undefined)?.code === 'RUN_LEASE_LOST' ||
  (error instanceof RunStopped && error.reason === 'lease lost')
