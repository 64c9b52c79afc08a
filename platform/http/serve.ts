import { setTimeout as pause } from 'node:timers/promises'
import type { ProcessConfig } from '../config/process.config.ts'
import { Runtime } from './runtime.ts'

/** A kind of process: its name and how it opens. Reads no environment and keeps no state outside the runtime. */
export interface ServiceManifest<C extends ProcessConfig> {
  readonly name: string
  open(config: C, runtime: Runtime): Promise<void>
}

/** Opens a service in this process, without signals: several can live side by side, and tests close what they opened. */
export async function openService<C extends ProcessConfig>(manifest: ServiceManifest<C>, config: C): Promise<Runtime> {
  const runtime = new Runtime(manifest.name, config)
  try {
    await manifest.open(config, runtime)
  } catch (error) {
    await runtime.close()
    throw error
  }
  runtime.log.info({ urls: runtime.urls, node: process.version }, 'started')
  return runtime
}

/** A terminal and the runner that started us may both hand on one Ctrl-C. */
const sameSignalMs = 1_000

/**
 * Runs a service as this process's only duty: opens it, and on SIGTERM or SIGINT says that it is ready no more, serves on
 * for `shutdownDelayMs`, stops taking work, finishes what runs and exits 0. Exits 1 when it cannot open, or has not closed
 * `shutdownGraceMs` after the delay; at once at a second signal.
 */
export async function serve<C extends ProcessConfig>(manifest: ServiceManifest<C>, config: C): Promise<void> {
  const opening = openService(manifest, config)
  const { shutdownDelayMs: delayMs, shutdownGraceMs: graceMs } = config
  let stoppedAt: number | undefined
  const stop = async (signal: NodeJS.Signals) => {
    if (stoppedAt !== undefined && performance.now() - stoppedAt < sameSignalMs) return
    if (stoppedAt !== undefined) process.exit(1)
    stoppedAt = performance.now()
    setTimeout(() => process.exit(1), delayMs + graceMs).unref()
    const runtime = await opening
    runtime.health.drain()
    runtime.log.info({ signal, delayMs }, 'stopping')
    await pause(delayMs)
    await runtime.close()
    runtime.log.info('stopped')
    process.exit(process.exitCode ?? 0)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  try {
    await opening
  } catch (error) {
    new Runtime(manifest.name, config).log.fatal({ err: error }, 'cannot start')
    process.exit(1)
  }
}
