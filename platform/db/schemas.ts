/** The PostgreSQL schemas of the house. A migration generator that did not know the others would drop them. */
export const schemas = ['identity', 'agents', 'integrations', 'audit'] as const
export type SchemaName = (typeof schemas)[number]
