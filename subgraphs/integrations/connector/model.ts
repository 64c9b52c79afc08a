/** What a provider of models is asked: one answer to a conversation. */
export interface ModelRequest {
  /** The provider's name of it; the connection's default when left out. */
  readonly model?: string | undefined
  readonly system?: string | undefined
  readonly messages: readonly ModelMessage[]
  readonly tools?: readonly ModelTool[] | undefined
  /** JSON Schema that the answer's text should fit. Whether it does is for whoever asks to see. */
  readonly output?: Readonly<Record<string, unknown>> | undefined
  readonly maxOutputTokens?: number | undefined
  readonly temperature?: number | undefined
}

export type ModelMessage =
  | { readonly role: 'user'; readonly text: string }
  | { readonly role: 'assistant'; readonly text: string; readonly calls: readonly ToolCall[] }
  | { readonly role: 'tool'; readonly results: readonly ToolResult[] }

export interface ModelTool {
  readonly name: string
  readonly description: string
  /** JSON Schema of its arguments. */
  readonly parameters: Readonly<Record<string, unknown>>
}

/** A tool that the model wants called. Nothing of it was checked. */
export interface ToolCall {
  /** The provider's, by which the result is told. */
  readonly id: string
  readonly name: string
  /** The text itself when the model wrote no JSON. */
  readonly arguments: unknown
}

export interface ToolResult {
  readonly callId: string
  readonly name: string
  readonly text: string
}

export interface ModelAnswer {
  readonly text: string
  readonly calls: readonly ToolCall[]
  /** Why there is no more of it. */
  readonly end: 'done' | 'length' | 'withheld'
  readonly usage: ModelUsage
}

export interface ModelUsage {
  readonly model: string
  /** 0 where the provider tells none. */
  readonly inputTokens: number
  readonly outputTokens: number
  /** In millionths of a US dollar; null when the connection has no price for the model, or no tokens were told. */
  readonly costMicros: number | null
}
