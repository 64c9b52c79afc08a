import { z } from 'zod'
import type { Connector as ConnectorType } from './connector.graphql.ts'
import type { Connector } from './connector.ts'

/** A connector as clients see it: its schemas as JSON Schema (draft 2020-12) of what one writes. */
export const connectorView = (connector: Connector): ConnectorType => ({
  key: connector.key,
  title: connector.title,
  description: connector.description,
  configSchema: z.toJSONSchema(connector.config, { io: 'input' }),
  secrets: connector.secrets.map(({ field, description }) => ({ field, description })),
  actions: connector.actions.map(({ key, description, input }) => ({
    key,
    description,
    inputSchema: z.toJSONSchema(input, { io: 'input' }),
  })),
})
