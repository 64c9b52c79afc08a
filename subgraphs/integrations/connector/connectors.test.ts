import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { connectorView } from './connector.view.ts'
import { connectorOf, connectors } from './connectors.ts'

test('every connector has a key of its own, and is found by it', () => {
  expect(new Set(connectors.map(({ key }) => key)).size).toBe(connectors.length)
  for (const connector of connectors) expect(connectorOf(connector.key)).toBe(connector)
  expect(connectorOf('toString')).toBeUndefined()
})

test.each(connectors.map((connector) => [connector.key, connector] as const))(
  'the schemas that clients see of %s are valid JSON Schema, and every field is described',
  (_key, connector) => {
    const view = connectorView(connector)
    const ajv = new Ajv2020({ strict: false })
    for (const schema of [view.configSchema, ...view.actions.map(({ inputSchema }) => inputSchema)])
      expect(() => ajv.compile(schema as object)).not.toThrow()
    for (const { description } of [view, ...view.secrets, ...view.actions]) expect(description).toMatch(/\.$/)
  },
)

test('the JSON Schema of the http connector takes what the connector takes', () => {
  const http = connectorOf('http')
  if (http === undefined) throw new Error('no http connector')
  const validate = new Ajv2020({ strict: false }).compile(connectorView(http).configSchema as object)
  expect(validate({ baseUrl: 'https://api.example.com' })).toBe(true)
  expect(validate({})).toBe(false)
  expect(validate({ baseUrl: 'https://api.example.com', bearerToken: 'x' })).toBe(false)
})
