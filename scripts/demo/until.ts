const pauseMs = 100
const patienceMs = 15_000

/** Looks until there is something to see. @throws Error naming what was waited for, after 15 s */
export async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + patienceMs
  for (;;) {
    const seen = await look()
    if (seen !== undefined) return seen
    if (Date.now() > end) throw new Error(`The audit trail does not show ${what}: is the worker running?`)
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}
