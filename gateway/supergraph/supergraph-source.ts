import { readFile } from 'node:fs/promises'
import { Counter, Gauge } from 'prom-client'
import { SupergraphInvalidError } from '#platform/access/supergraph.errors'
import type { Runtime } from '#platform/http/runtime'
import type { Generation } from '../execution/generation.ts'
import { FileFollower } from './follow-file.ts'
import { Generations } from './generations.ts'
import type { LastKnownGood } from './last-known-good.ts'
import { parseSupergraph, type Supergraph } from './read-supergraph.ts'

/** Makes everything that hangs on a supergraph, ready to serve. @throws SupergraphInvalidError when it cannot be served */
export type OpenGeneration = (supergraph: Supergraph, inForce: Generation | null) => Promise<Generation>

export interface SupergraphSourceOptions {
  readonly path: string
  readonly urls: ReadonlyMap<string, string>
  /** Null to follow the file no further. */
  readonly pollMs: number | null
  /** Null to keep nothing. */
  readonly lastKnownGood: LastKnownGood | null
}

/** What an operator is told of the supergraph in force. */
export interface SupergraphState {
  readonly id: string
  /** RFC 3339. */
  readonly loadedAt: string
  readonly source: 'file' | 'last-known-good'
  /** Why the file as it is now is not served; null when it is. */
  readonly lastReloadError: string | null
}

/** Serves what a supergraph file says, and what it says next: a file that cannot be served changes nothing. */
export class SupergraphSource {
  readonly generations: Generations
  readonly #options: SupergraphSourceOptions
  readonly #open: OpenGeneration
  readonly #runtime: Pick<Runtime, 'log'>
  readonly #reloads: Counter<'result'>
  #state: SupergraphState
  #follower: FileFollower | undefined

  private constructor(
    options: SupergraphSourceOptions,
    open: OpenGeneration,
    { log, metrics }: Pick<Runtime, 'log' | 'metrics'>,
    first: {
      readonly generation: Generation
      readonly source: SupergraphState['source']
      readonly error: string | null
    },
  ) {
    this.#options = options
    this.#open = open
    this.#runtime = { log }
    this.generations = new Generations(first.generation)
    this.#state = stateOf(first.generation, first.source, first.error)
    this.#reloads = new Counter({
      name: 'gateway_supergraph_reloads_total',
      help: 'Changes of the supergraph file: taken, or refused and the former one served on',
      labelNames: ['result'] as const,
      registers: [metrics.registry],
    })
    for (const result of ['taken', 'refused']) this.#reloads.inc({ result }, 0)
    const state = () => this.#state
    const generations = this.generations
    new Gauge({
      name: 'gateway_supergraph_stale',
      help: '1 while the supergraph file cannot be served and an older one is',
      registers: [metrics.registry],
      collect() {
        this.set(state().lastReloadError === null ? 0 : 1)
      },
    })
    new Gauge({
      name: 'gateway_supergraph_generations',
      help: 'Supergraphs in use: more than one while requests that began on an older one run',
      registers: [metrics.registry],
      collect() {
        this.set(generations.size)
      },
    })
  }

  /**
   * Reads the file and makes it ready; what was served last when the file cannot be.
   *
   * @throws SupergraphInvalidError when neither can be served
   */
  static async open(
    options: SupergraphSourceOptions,
    open: OpenGeneration,
    runtime: Pick<Runtime, 'log' | 'metrics'>,
  ): Promise<SupergraphSource> {
    const { path, urls, lastKnownGood } = options
    const text = await textOf(path)
    try {
      if (text instanceof Error) throw text
      const generation = await open(parseSupergraph(text, urls, path), null)
      await lastKnownGood?.save(text)
      return new SupergraphSource(options, open, runtime, { generation, source: 'file', error: null }).#follow(text)
    } catch (error) {
      const kept = await lastKnownGood?.load()
      if (kept == null) throw error
      runtime.log.error(
        { err: error, savedAt: kept.savedAt },
        'the supergraph file cannot be served: serving the last good one',
      )
      const generation = await open(parseSupergraph(kept.text, urls, 'kept last'), null)
      const first = { generation, source: 'last-known-good', error: reasonOf(error) } as const
      return new SupergraphSource(options, open, runtime, first).#follow(text instanceof Error ? '' : text)
    }
  }

  get state(): SupergraphState {
    return this.#state
  }

  async close(): Promise<void> {
    await this.#follower?.close()
    await this.generations.close()
  }

  #follow(known: string): this {
    const { path, pollMs } = this.#options
    if (pollMs !== null)
      this.#follower = new FileFollower({ path, pollMs, onChange: (text) => this.#reload(text) }, known).start()
    return this
  }

  async #reload(text: string): Promise<void> {
    const { path, urls, lastKnownGood } = this.#options
    const { log } = this.#runtime
    const started = performance.now()
    try {
      const supergraph = parseSupergraph(text, urls, path)
      const before = this.generations.current
      if (supergraph.id !== before.supergraph.id) this.generations.replace(await this.#open(supergraph, before))
      this.#state = stateOf(this.generations.current, 'file', null)
      this.#reloads.inc({ result: 'taken' })
      log.info(
        {
          supergraphId: supergraph.id,
          before: before.supergraph.id,
          durationMs: Math.round(performance.now() - started),
        },
        'supergraph reloaded',
      )
      await lastKnownGood?.save(text)
    } catch (error) {
      this.#state = { ...this.#state, lastReloadError: reasonOf(error) }
      this.#reloads.inc({ result: 'refused' })
      log.error({ err: error, served: this.#state.id }, 'supergraph not reloaded: serving the former one')
    }
  }
}

const stateOf = ({ supergraph }: Generation, source: SupergraphState['source'], error: string | null) => ({
  id: supergraph.id,
  loadedAt: new Date().toISOString(),
  source,
  lastReloadError: error,
})

/** For /status: what is wrong with the file, without where it or anything else is. */
const reasonOf = (error: unknown): string =>
  error instanceof SupergraphInvalidError
    ? 'The supergraph file cannot be served; the log says why.'
    : 'unexpected; see the log'

const textOf = (path: string): Promise<string | Error> =>
  readFile(path, 'utf8').catch(
    (cause: NodeJS.ErrnoException) =>
      new SupergraphInvalidError(
        `The supergraph ${path} cannot be read (${cause.code}). Compose it first, or set SUPERGRAPH_PATH.`,
      ),
  )
