import type { Caller } from '#platform/caller/caller'
import { limitsWith, type OperationLimits } from '../limits/operation-limits.ts'
import { type ClientBinding, isVerified, satisfies } from './client-binding.ts'
import { type ClientProfile, defaultProfile, documentsModes, noLaxerThan, stricterMode } from './client-profile.ts'
import { ClientRefusedError } from './clients.errors.ts'
import type { ProfileFile } from './profile-file.ts'
import type { ClientFolder } from './read-clients.ts'

/** What a request says of itself besides who calls. None of it is proven. */
export interface Asked {
  /** Its Origin header. */
  readonly origin: string | undefined
  /** Its X-Client-Id, or what a WebSocket's first message has in its place. */
  readonly clientId: string | undefined
}

interface Client {
  readonly bindings: readonly ClientBinding[]
  readonly origins: ReadonlySet<string>
  readonly profile: ClientProfile
  /** For who satisfies no more than a binding to an origin, which anybody can say to come from. */
  readonly unproven: ClientProfile
}

/** The clients that there are, and which of them a request is of. */
export class ClientProfiles {
  /** Of who is no client by any binding. */
  readonly default: ClientProfile
  readonly #clients: ReadonlyMap<string, Client>

  /**
   * @param publicUrl whose origin `self` stands for
   * @param limits of whoever has no limits of their own
   */
  constructor(
    folders: readonly Pick<ClientFolder, 'name' | 'profile'>[],
    publicUrl: string,
    limits: OperationLimits = defaultProfile.limits,
  ) {
    const own = new URL(publicUrl).origin
    const file = folders.find(({ name }) => name === 'default')?.profile
    const base = { ...defaultProfile, limits }
    this.default = file === undefined ? base : profileOf('default', file, base)
    this.#clients = new Map(
      folders
        .filter(({ name }) => name !== 'default')
        .map(({ name, profile: { bindings, origins, ...file } }) => {
          const profile = profileOf(name, file, this.default)
          const unproven = noLaxerThan(this.default, profile)
          const pages = new Set(origins.map((origin) => (origin === 'self' ? own : origin)))
          return [name, { bindings, origins: pages, profile, unproven }]
        }),
    )
  }

  /** Names of all profiles, the default one first: the values that a metric's label can take. */
  get names(): readonly string[] {
    return [this.default.name, ...this.#clients.keys()]
  }

  /**
   * The profile of a request: the one asked for when the request satisfies a binding of it; without asking, the only one
   * that it proves to be of; where it proves none, the only one that its origin stands for; else the default.
   *
   * @throws ClientRefusedError when one is asked for that the request does not satisfy
   */
  of(caller: Caller, { origin, clientId }: Asked): ClientProfile {
    if (clientId !== undefined) {
      const client = this.#clients.get(clientId)
      const held = client && standing(client, caller, origin)
      if (held === undefined) throw new ClientRefusedError()
      return held.profile
    }
    if (this.#clients.size === 0) return this.default
    const satisfied = [...this.#clients.values()].flatMap((client) => standing(client, caller, origin) ?? [])
    if (satisfied.length === 0) return this.default
    const proven = satisfied.filter((one) => one.proven)
    const [only, second] = proven.length > 0 ? proven : satisfied
    return only !== undefined && second === undefined ? only.profile : this.#undecided(satisfied)
  }

  /** Not to say which of several clients one is must not lead out of what all of them enforce. */
  #undecided(satisfied: readonly Standing[]): ClientProfile {
    const laxest = documentsModes.find((mode) => satisfied.some(({ profile }) => profile.documents === mode)) ?? 'off'
    return { ...this.default, documents: stricterMode(this.default.documents, laxest) }
  }
}

/** As what a request satisfies one client's bindings. */
interface Standing {
  readonly profile: ClientProfile
  readonly proven: boolean
}

function standing(client: Client, caller: Caller, origin: string | undefined): Standing | undefined {
  const { bindings, origins, profile, unproven } = client
  const fromOwnOrigin = origin !== undefined && origins.has(origin)
  const satisfied = bindings.filter((binding) => satisfies(binding, caller, fromOwnOrigin))
  if (satisfied.length === 0) return undefined
  const proven = satisfied.some(isVerified)
  return { profile: proven ? profile : unproven, proven }
}

const profileOf = (
  name: string,
  file: Omit<ProfileFile, 'bindings' | 'origins'>,
  base: ClientProfile,
): ClientProfile => ({
  name,
  documents: file.documents ?? base.documents,
  limits: limitsWith(base.limits, stated(file.limits)),
  costPerMinute: file.costPerMinute ?? base.costPerMinute,
  requestsPerMinute: file.requestsPerMinute ?? base.requestsPerMinute,
  introspection: file.introspection ?? base.introspection,
})

/** Without the limits that the file leaves out. */
const stated = (limits: ProfileFile['limits']) =>
  Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined))
