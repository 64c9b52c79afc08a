import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Registry } from 'prom-client'
import { CacheMetrics, type Kind, type Layer } from './cache.metrics.ts'
import { ChangesSeen } from './changes-seen.ts'
import type { CacheSettings } from './settings.ts'
import type { Epochs, Kept, SharedLayer } from './shared-layer.ts'
import { anyOf, everywhere, nounIn, returnedOf, tagsOfChange } from './tags.ts'

/** How long something stays in a process: what others keep of it is asked again after that. */
const memoryMsMax = 5_000

/** Something that may be kept: under which name, and what strikes it out. */
export interface Place {
  /** All that the text depends on. Holds credentials: only its hash is kept. */
  readonly key: string
  readonly tags: readonly string[]
}

/** What was known before a read began: what is read with it is kept only if nothing it speaks of has changed since. */
export interface Ticket {
  readonly position: number
  readonly epochs: Epochs | null
}

export interface Found {
  readonly kept: Kept
  readonly layer: Layer
}

interface InMemory {
  readonly kept: Kept
  readonly tags: readonly string[]
  readonly position: number
}

/** Texts that are kept for a while: in this process for five seconds at most, behind it in Redis, where there is one. */
export class AnswerCache {
  readonly metrics: CacheMetrics
  readonly #changes = new ChangesSeen()
  readonly #memory: LRUCache<string, InMemory>
  readonly #shared: SharedLayer | null
  /** What is kept speaks of these; changes of anything else are no concern. */
  readonly #nouns = new Set<string>()

  constructor({ memoryBytesMax }: CacheSettings, shared: SharedLayer | null, registry: Registry) {
    this.#memory = new LRUCache({
      maxSize: memoryBytesMax,
      maxEntrySize: Math.ceil(memoryBytesMax / 16),
      sizeCalculation: ({ kept, tags }) => kept.text.length * 2 + tags.length * 100 + 300,
    })
    this.#shared = shared
    this.metrics = new CacheMetrics(registry, () => this.#memory.calculatedSize)
  }

  /** @returns what is kept, by place; and a ticket to keep what is read in the stead of the rest */
  async look(places: readonly Place[]): Promise<{ found: (Found | null)[]; ticket: Ticket }> {
    const { position } = this.#changes
    const keys = places.map(({ key }) => hashed(key))
    const found = keys.map((key): Found | null => {
      const kept = this.#inMemory(key)
      return kept && { kept, layer: 'memory' }
    })
    if (this.#shared === null || found.every((one) => one !== null))
      return { found, ticket: { position, epochs: null } }
    const read = await this.#shared.read(
      keys.filter((_, i) => found[i] === null),
      [...new Set(places.flatMap(({ tags }) => tags))],
    )
    for (const [i, { tags }] of places.entries()) {
      const kept = read?.kept.get(keys[i] ?? '')
      if (kept === undefined || this.#changes.isChangedSince(position, tags)) continue
      found[i] = { kept, layer: 'redis' }
      this.#remember(keys[i] ?? '', { kept, tags, position })
    }
    return { found, ticket: { position, epochs: read?.epochs ?? null } }
  }

  /** What is in memory now, without asking anybody. */
  inMemory({ key }: Place): Kept | null {
    return this.#inMemory(hashed(key))
  }

  async keep(kind: Kind, { key, tags }: Place, kept: Kept, { position, epochs }: Ticket): Promise<void> {
    if (this.#changes.isChangedSince(position, tags)) return
    const name = hashed(key)
    this.#remember(name, { kept, tags, position })
    this.metrics.stored(kind, 'memory')
    if (this.#shared === null || epochs === null) return
    if (await this.#shared.write(name, kept, tags, epochs)) this.metrics.stored(kind, 'redis')
  }

  /** Before anything is looked for that speaks of these: from here on their changes strike it out. */
  follow(nouns: readonly string[]): void {
    const fresh = nouns.filter((noun) => !this.#nouns.has(noun))
    if (fresh.length === 0) return
    for (const noun of fresh) this.#nouns.add(noun)
    // What others kept may have changed while this process was not looking.
    void this.#shared?.strike(fresh.map(everywhere))
  }

  /** Somebody changed these, in this organization. */
  async changed(organizationId: string, subjects: readonly string[]): Promise<void> {
    const followed = subjects.filter((subject) => this.#nouns.has(nounIn(subject)))
    const tags = new Set(followed.flatMap((subject) => tagsOfChange(organizationId, subject)))
    if (tags.size > 0) await this.#strike([...tags], 'change')
  }

  /** A mutation was answered. When this resolves no gateway answers from before it. */
  async mutated(organizationId: string, nouns: readonly string[]): Promise<void> {
    const followed = nouns.filter((noun) => this.#nouns.has(noun))
    const tags = followed.flatMap((noun) => [anyOf(noun), returnedOf(noun)].map((tag) => tag(organizationId)))
    if (tags.length > 0) await this.#strike(tags, 'mutation')
  }

  /** Anything may have changed. */
  async missed(): Promise<void> {
    this.#changes.markAll()
    this.metrics.invalidated('gap')
    await this.#shared?.strikeAll()
  }

  async #strike(tags: readonly string[], cause: 'change' | 'mutation'): Promise<void> {
    this.#changes.mark(tags)
    this.metrics.invalidated(cause)
    await this.#shared?.strike(tags)
  }

  #inMemory(key: string): Kept | null {
    const entry = this.#memory.get(key)
    if (entry === undefined) return null
    if (entry.kept.expiresAt > Date.now() && !this.#changes.isChangedSince(entry.position, entry.tags))
      return entry.kept
    this.#memory.delete(key)
    return null
  }

  #remember(key: string, entry: InMemory): void {
    const ttl = Math.floor(Math.min(entry.kept.expiresAt - Date.now(), memoryMsMax))
    if (ttl > 0) this.#memory.set(key, entry, { ttl })
  }
}

const hashed = (key: string) => createHash('sha256').update(key).digest('base64url')
