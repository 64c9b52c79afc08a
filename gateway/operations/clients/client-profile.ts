import { defaultLimits, type LimitName, type OperationLimits } from '../limits/operation-limits.ts'

/** Whether operations must be registered: not asked, counted and logged where they are not, or refused. */
export type DocumentsMode = (typeof documentsModes)[number]
export const documentsModes = ['off', 'audit', 'enforce'] as const

/** Who may read the schema; each includes those before it. */
export type IntrospectionRight = (typeof introspectionRights)[number]
export const introspectionRights = ['nobody', 'signedIn', 'everyone'] as const

/** What one frontend may do at the edge, as its folder says. Resolved once for a request, and valid for all of it. */
export interface ClientProfile {
  /** The name of its folder, or `default`: one of few, so it may be the label of a metric. */
  readonly name: string
  readonly documents: DocumentsMode
  readonly limits: OperationLimits
  /** Points of cost that each caller of this client may spend in a minute; null for no budget of its own. */
  readonly costPerMinute: number | null
  /** Requests that each caller of this client may send in a minute, beside the limits for everybody; null for none. */
  readonly requestsPerMinute: number | null
  readonly introspection: IntrospectionRight
}

/** Whoever is no client that has a profile, anonymous callers first of all. */
export const defaultProfile: ClientProfile = {
  name: 'default',
  documents: 'off',
  limits: defaultLimits,
  costPerMinute: null,
  requestsPerMinute: null,
  introspection: 'signedIn',
}

/** The profile, held to another one in every number and right: what is laxer becomes what the other has. */
export function noLaxerThan(base: ClientProfile, profile: ClientProfile): ClientProfile {
  const limits = Object.keys(base.limits).map((key) => {
    const name = key as LimitName
    return [name, Math.min(profile.limits[name], base.limits[name])]
  })
  return {
    name: profile.name,
    documents: stricterMode(base.documents, profile.documents),
    limits: Object.fromEntries(limits) as OperationLimits,
    costPerMinute: least(base.costPerMinute, profile.costPerMinute),
    requestsPerMinute: least(base.requestsPerMinute, profile.requestsPerMinute),
    introspection: introspectionRights[Math.min(...indexes(introspectionRights, base, profile))] ?? 'nobody',
  }
}

export const stricterMode = (one: DocumentsMode, other: DocumentsMode): DocumentsMode =>
  documentsModes.indexOf(one) > documentsModes.indexOf(other) ? one : other

const indexes = (order: readonly IntrospectionRight[], ...profiles: readonly ClientProfile[]) =>
  profiles.map(({ introspection }) => order.indexOf(introspection))

const least = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.min(one, other)
