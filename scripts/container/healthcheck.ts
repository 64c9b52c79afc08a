/** Where each kind of process answers its probes: the variable that moves it, and its default. */
const ports: Readonly<Record<string, number>> = {
  PORT: 4000,
  IDENTITY_PORT: 4001,
  AGENTS_PORT: 4002,
  INTEGRATIONS_PORT: 4003,
  AUDIT_PORT: 4004,
  WORKER_PORT: 4005,
}

/**
 * Asks the one process that runs in this container, whichever of the six it is, whether it is ready.
 *
 * @throws when none answers, or the one that does is not ready
 */
export async function askProcess(environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const urls = Object.entries(ports).map(([name, port]) => `http://127.0.0.1:${environment[name] || port}/health/ready`)
  await Promise.any(
    urls.map(async (url) => {
      const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
      if (!response.ok) throw new Error(await response.text())
    }),
  )
}

if (import.meta.main) {
  await askProcess(process.env).catch(() => {
    process.exitCode = 1
  })
}
