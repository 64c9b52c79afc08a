import { z } from 'zod'
import { definitionSchema } from '../../subgraphs/agents/agent/definition/definition.schema.ts'

/**
 * `docs/reference/agent-definition.schema.json`: the shape of a definition as JSON Schema, for editors and for whoever makes
 * definitions. What one part says about another, expressions and the bounds of durations are checked at publish alone.
 */
export function definitionPage(): string {
  const { $schema, ...schema } = z.toJSONSchema(definitionSchema, { target: 'draft-2020-12', reused: 'inline' })
  return `${JSON.stringify({ $schema, title: 'ForgeOps agent definition', ...schema }, undefined, 2)}\n`
}
