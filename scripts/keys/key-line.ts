import type { SigningKey } from '../../subgraphs/identity/signing-key/signing-key.entity.ts'
import { retentionMs } from '../../subgraphs/identity/signing-key/signing-key.limits.ts'

const dayMs = 86_400_000

/** One key in words: its state, its name, and when that state ends. */
export function keyLine(
  key: Pick<SigningKey, 'kid' | 'state' | 'createdAt' | 'activatedAt' | 'retiredAt'>,
  { days, publishedMs }: { readonly days: number; readonly publishedMs: number },
): string {
  const { kid, state, createdAt, activatedAt, retiredAt } = key
  const words = {
    active: `signs since ${moment(activatedAt ?? createdAt)}, until ${moment(activatedAt ?? createdAt, days * dayMs)}`,
    next: `published since ${moment(createdAt)}, may sign from ${moment(createdAt, publishedMs)}`,
    retired: `published until ${moment(retiredAt ?? createdAt, retentionMs)}, signs no more`,
  }
  return `${state.padEnd(8)} ${kid}  ${words[state]}`
}

const moment = (date: Date, plusMs = 0) =>
  `${new Date(date.getTime() + plusMs).toISOString().slice(0, 19).replace('T', ' ')}Z`
