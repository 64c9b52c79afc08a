import { LRUCache } from 'lru-cache'
import type { Ctx } from '#platform/graphql/context'
import { JsonSchemas } from '#platform/json-schema/json-schemas'

/** What each version of an agent asks of an input; a version never changes. */
export interface InputRules {
  readonly inputSchema: Readonly<Record<string, unknown>> | null
  /** Fill what the input leaves out. */
  readonly defaults: Readonly<Record<string, unknown>> | null
}

/** What a process that serves or works on agents keeps besides the database. */
export class AgentsParts {
  readonly schemas = new JsonSchemas()
  /** By the version's id. */
  readonly inputRules = new LRUCache<string, InputRules>({ max: 1_000 })
}

/** The parts of the process at hand; a context that was made without any has its own. */
export const agentsParts = ({ parts }: Ctx): AgentsParts => (parts instanceof AgentsParts ? parts : new AgentsParts())
