import type { Client } from './client.ts'

interface Run {
  readonly status: string
  readonly output: unknown
  readonly error: { readonly code: string; readonly message: string; readonly step: string | null } | null
  readonly startedAt: string | null
  readonly finishedAt: string | null
  readonly steps: readonly {
    readonly path: string
    readonly kind: string
    readonly status: string
    readonly startedAt: string
    readonly finishedAt: string | null
  }[]
}

const query = `query ($id: ID!) { run(id: $id) { status output startedAt finishedAt error { code message step } steps { path kind status startedAt finishedAt } } }`
const pollMs = 150
const patienceMs = 60_000

/** Follows a run to its end, printing each step as it ends. @returns the finished run */
export async function followRun(client: Client, id: string, print: (line: string) => void): Promise<Run> {
  const shown = new Set<string>()
  const end = Date.now() + patienceMs
  for (;;) {
    const { run } = await client.ask<{ run: Run }>(query, { id })
    for (const step of run.steps) {
      if (step.finishedAt === null || shown.has(step.path)) continue
      shown.add(step.path)
      const tookMs = new Date(step.finishedAt).getTime() - new Date(step.startedAt).getTime()
      print(
        `   ${step.status === 'SUCCEEDED' ? '✓' : '✗'} ${step.path.padEnd(22)} ${step.kind.padEnd(10)} ${String(tookMs).padStart(5)} ms`,
      )
    }
    if (run.finishedAt !== null) return run
    if (Date.now() > end) throw new Error(`The run ${id} has not finished within a minute: is the worker running?`)
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}
