import { andRow, either, hasScope, type RowCondition, type Rule } from '#platform/graphql/rules'

/** What an agent works on. Chosen when it is made and never changed: else its past runs would be opened afterwards. */
export const AgentEnvironment = { PRODUCTION: 'PRODUCTION', STAGING: 'STAGING', DEVELOPMENT: 'DEVELOPMENT' } as const
export type AgentEnvironment = keyof typeof AgentEnvironment

const outsideProduction: RowCondition = (row) => {
  const { environment } = row as { readonly environment?: AgentEnvironment }
  return environment === 'STAGING' || environment === 'DEVELOPMENT'
}

/**
 * What production works with is for those who may inspect it; what any other environment works with, for all readers.
 * The row carries its `environment`: nothing is fetched to decide.
 */
export const content = (noun: 'agent' | 'run'): Rule =>
  either(hasScope(`${noun}:inspect`), andRow(hasScope(`${noun}:read`), 'outside production', outsideProduction))
