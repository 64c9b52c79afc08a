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

/**
 * Runs a service as this process's only duty: opens it, and on SIGTERM or SIGINT stops taking work, finishes what runs
 * and exits 0; exits 1 when it cannot open or has not closed after `shutdownGraceMs`.
 */
export async function serve<C extends ProcessConfig>(manifest: ServiceManifest<C>, config: C): Promise<void> {
  const opening = openService(manifest, config)
  const stop = async (signal: NodeJS.Signals) => {
    setTimeout(() => process.exit(1), config.shutdownGraceMs).unref()
    const runtime = await opening
    runtime.log.info({ signal }, 'stopping')
    await runtime.close()
    runtime.log.info('stopped')
    process.exit(0)
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  try {
    await opening
  } catch (error) {
    new Runtime(manifest.name, config).log.fatal({ err: error }, 'cannot start')
    process.exit(1)
  }
}
