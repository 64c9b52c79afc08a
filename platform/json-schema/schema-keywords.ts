/** Keywords of JSON Schema 2020-12 whose value is a schema. */
export const schemaKeywords: ReadonlySet<string> = new Set([
  'additionalProperties',
  'contains',
  'else',
  'if',
  'items',
  'not',
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
])
/** … a list of schemas. */
export const schemaListKeywords: ReadonlySet<string> = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems'])
/** … schemas by name. */
export const schemaMapKeywords: ReadonlySet<string> = new Set([
  '$defs',
  'definitions',
  'dependentSchemas',
  'patternProperties',
  'properties',
])
/** Those of them that say nothing until something refers to them. */
export const definingKeywords: ReadonlySet<string> = new Set(['$defs', 'definitions'])

/** Keywords whose value is no schema, with those that only tell people something. */
export const plainKeywords: ReadonlySet<string> = new Set(
  (
    '$comment $ref $schema const default dependentRequired deprecated description enum examples exclusiveMaximum ' +
    'exclusiveMinimum format maxContains maxItems maxLength maxProperties maximum minContains minItems minLength ' +
    'minProperties minimum multipleOf pattern readOnly required title type uniqueItems writeOnly'
  ).split(' '),
)
