import type { z } from 'zod'

/** A fact that one subgraph tells the others: past tense, versioned, carried by the outbox. */
export interface EventDefinition<Type extends string, Schema extends z.ZodType> {
  readonly type: Type
  readonly version: number
  readonly data: Schema
}

export type EventData<D> = D extends EventDefinition<string, infer Schema> ? z.infer<Schema> : never

export const defineEvent = <Type extends string, Schema extends z.ZodType>(
  type: Type,
  version: number,
  data: Schema,
): EventDefinition<Type, Schema> => ({ type, version, data })
