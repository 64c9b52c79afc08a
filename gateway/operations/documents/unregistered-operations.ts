import { LRUCache } from 'lru-cache'
import { Counter, type Registry } from 'prom-client'
import type { Logger } from '#platform/log/logger'
import type { ClientProfile } from '../clients/client-profile.ts'
import { sha256 } from './document-file.ts'
import { guessName, OperationNames } from './operation-names.ts'

const rememberedMax = 1_000

/** Counts operations that a client has not registered, and says each once in the log where somebody asked to know. */
export class UnregisteredOperations {
  readonly #log: Logger
  readonly #names = new OperationNames()
  readonly #told = new LRUCache<string, true>({ max: rememberedMax })
  readonly #counter: Counter<'client' | 'operation' | 'outcome'>

  constructor(registry: Registry, log: Logger) {
    this.#log = log
    this.#counter = new Counter({
      name: 'gateway_unregistered_operations_total',
      help: 'Operations whose text the client that sent them has not registered',
      labelNames: ['client', 'operation', 'outcome'] as const,
      registers: [registry],
    })
  }

  /** @param names of operations that are registered: they are always told apart */
  tellApart(names: Iterable<string>): void {
    this.#names.tellApart(names)
  }

  /** @param name as the request says, where it does */
  count(text: string, name: string | null, { name: client, documents: mode }: ClientProfile): void {
    const operation = this.#names.label(name ?? guessName(text))
    const outcome = mode === 'enforce' ? 'refused' : 'let_through'
    this.#counter.inc({ client, operation, outcome })
    if (mode === 'off') return
    const hash = sha256(text)
    const key = `${client} ${hash}`
    if (this.#told.has(key)) return
    this.#told.set(key, true)
    this.#log.info({ client, operationName: operation, documentHash: hash, outcome }, 'unregistered operation')
  }
}
