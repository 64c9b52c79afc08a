import type { Tx } from '#platform/db/write'

export interface Holders {
  readonly members: number
  readonly invitations: number
}

/**
 * Who holds a role, deactivated members too. Both are counted by one statement: an invitation that is accepted between
 * two of them would be seen by neither.
 */
export async function countHolders(tx: Tx, organizationId: string, name: string): Promise<Holders> {
  const [row] = await tx.em.execute<{ members: string; invitations: string }[]>(
    `select
       (select count(*) from identity.membership where organization_id = ?::uuid and ? = any(roles)) as members,
       (select count(*) from identity.invitation where organization_id = ?::uuid and ? = any(roles)
          and accepted_at is null and revoked_at is null and expires_at > now()) as invitations`,
    [organizationId, name, organizationId, name],
  )
  return { members: Number(row?.members ?? 0), invitations: Number(row?.invitations ?? 0) }
}

/** Takes everybody who holds a role along to its new name, and what the organization asks of its holders. */
export async function renameHolders(tx: Tx, organizationId: string, from: string, to: string): Promise<void> {
  // In the order in which an invitation is accepted, which else could wait for us while we wait for it.
  for (const table of ['invitation', 'membership'])
    await tx.em.execute(
      `update identity.${table} set roles = array_replace(roles, ?, ?) where organization_id = ?::uuid and ? = any(roles)`,
      [from, to, organizationId, from],
    )
  await tx.em.execute(
    'update identity.organization set mfa_required_roles = array_replace(mfa_required_roles, ?, ?) where id = ?::uuid',
    [from, to, organizationId],
  )
}
