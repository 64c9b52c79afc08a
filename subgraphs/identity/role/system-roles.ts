import { systemOrganizationId } from '#platform/caller/caller'

const read = [
  'organization:read',
  'user:read',
  'role:read',
  'agent:read',
  'run:read',
  'schedule:read',
  'connection:read',
  'webhook:read',
] as const
const operate = [
  ...read,
  'run:inspect',
  'run:start',
  'run:cancel',
  'run:replay',
  'approval:decide',
  'connection:test',
  'schedule:write',
] as const
const administer = [
  ...operate,
  'organization:write',
  'user:write',
  'user:invite',
  'role:write',
  'session:read',
  'session:revoke',
  'api-key:read',
  'api-key:write',
  'agent:inspect',
  'agent:write',
  'agent:publish',
  'connection:write',
  'webhook:write',
  'audit:read',
] as const

/** The roles that every organization has, and the scopes that each stands for. */
export const systemRoles = {
  owner: [...administer, 'audit:verify', 'audit:export'],
  admin: administer,
  operator: operate,
  auditor: [
    ...read,
    'agent:inspect',
    'run:inspect',
    'session:read',
    'api-key:read',
    'audit:read',
    'audit:verify',
    'audit:export',
  ],
  viewer: read,
} as const satisfies Record<string, readonly string[]>

export type SystemRole = keyof typeof systemRoles

export const descriptions: Readonly<Record<SystemRole, string>> = {
  owner: 'Everything in the organization, the proof and export of its audit trail included.',
  admin: 'Members, roles, keys, agents, connections and their runs.',
  operator: 'Starts, cancels and replays runs, decides approvals, and keeps schedules.',
  auditor: 'Reads everything, the audit trail too, and changes nothing.',
  viewer: 'Reads agents, runs, schedules, connections and members.',
}
export const isSystemRole = (name: string): name is SystemRole => Object.hasOwn(systemRoles, name)

/** Scopes over the whole platform: an owner's, and only while working in the system organization. */
const platformScopes = ['ops:read', 'ops:redrive'] as const

/** What a member with these roles may do in this organization, each scope once. */
export function scopesOf(roles: readonly string[], organizationId: string): string[] {
  const scopes = roles.flatMap((role) => (isSystemRole(role) ? [...systemRoles[role]] : [])) as string[]
  if (organizationId === systemOrganizationId && roles.includes('owner')) scopes.push(...platformScopes)
  return [...new Set(scopes)]
}
