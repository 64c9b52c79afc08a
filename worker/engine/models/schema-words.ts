import type { SchemaFault } from '#platform/json-schema/schema-faults'

const faultsToldMax = 10

/** What does not fit a schema, in words: `lines.0.count: is missing; …`. */
export const schemaWords = (faults: readonly SchemaFault[]): string =>
  faults
    .slice(0, faultsToldMax)
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
    .join('; ')
