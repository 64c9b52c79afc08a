import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { AISDKError, type FinishReason, generateText, jsonSchema, Output, type ToolSet } from 'ai'
import { ConnectorAnswerUnreadableError, ModelUnnamedError } from '../connector.errors.ts'
import type { ModelCall } from '../connector.ts'
import type { ModelAnswer, ModelRequest, ModelTool, ToolCall } from '../model.ts'
import { chatMessages } from './chat-messages.ts'
import { costMicros } from './cost.ts'
import { fetchThrough } from './fetch-through.ts'
import type { OpenaiCompatibleConfig } from './openai-compatible.config.ts'

/** The name that its options go by within the SDK. */
const providerName = 'openaiCompatible'

/**
 * Asks for one answer, once: no retries, no tools called, nothing told to anybody else.
 *
 * @throws ConnectorError MODEL_UNNAMED, EGRESS_*, CONNECTOR_HTTP_STATUS, CONNECTOR_ANSWER_UNREADABLE; when the call's
 *   signal is aborted, its reason
 */
export async function completeChat(
  call: ModelCall<OpenaiCompatibleConfig> & { readonly headers: Readonly<Record<string, string>> },
  request: ModelRequest,
): Promise<ModelAnswer> {
  const { config, signal } = call
  const model = request.model ?? config.model
  if (model === undefined) throw new ModelUnnamedError()
  const { maxOutputTokens, temperature, system, output } = request
  const provider = createOpenAICompatible({
    name: providerName,
    baseURL: config.baseUrl,
    headers: { ...call.headers, 'idempotency-key': call.effectKey },
    fetch: fetchThrough(call.parts.outbound, call),
    supportsStructuredOutputs: true,
  })
  const usageOf = (told: Partial<Tokens> | undefined) => {
    const used = { inputTokens: countOf(told?.inputTokens), outputTokens: countOf(told?.outputTokens) }
    const { inputTokens = 0, outputTokens = 0 } = used
    return { model, inputTokens, outputTokens, costMicros: costMicros(config.prices[model], used) }
  }
  try {
    const result = await generateText({
      model: provider(model),
      messages: chatMessages(request.messages),
      maxRetries: 0,
      telemetry: { isEnabled: false },
      ...(system !== undefined && { instructions: system }),
      ...(maxOutputTokens !== undefined && { maxOutputTokens }),
      ...(temperature !== undefined && { temperature }),
      ...(signal !== undefined && { abortSignal: signal }),
      ...(request.tools !== undefined && request.tools.length > 0 && { tools: toolsOf(request.tools) }),
      ...(output !== undefined && { output: askedFor(output) }),
      providerOptions: { [providerName]: { strictJsonSchema: config.strictOutput } },
    })
    const calls: ToolCall[] = result.toolCalls.map(({ toolCallId, toolName, input }) => ({
      ...{ id: toolCallId, name: toolName },
      arguments: input,
    }))
    return { text: result.text, calls, end: endOf(result.finishReason), usage: usageOf(result.usage) }
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    if (AISDKError.isInstance(error)) throw new ConnectorAnswerUnreadableError('it is no chat completion', true)
    throw error
  }
}

/** More are in no answer that fits into one. */
const tokensMax = 100_000_000

/** What a provider cannot have counted is not known. */
const countOf = (tokens: number | undefined): number | undefined =>
  tokens !== undefined && tokens >= 0 && tokens <= tokensMax ? Math.ceil(tokens) : undefined

interface Tokens {
  readonly inputTokens: number | undefined
  readonly outputTokens: number | undefined
}

/** Asked for, and read by nobody here: an answer that does not fit was paid for all the same, and may call tools. */
const askedFor = (schema: Readonly<Record<string, unknown>>) => ({
  ...Output.object({ schema: jsonSchema(schema) }),
  parseCompleteOutput: async ({ text }: { text: string }) => text,
})

/** Without code of their own: the SDK calls none, and leaves the judgement of arguments to us. */
const toolsOf = (tools: readonly ModelTool[]): ToolSet =>
  Object.fromEntries(
    tools.map(({ name, description, parameters }) => [name, { description, inputSchema: jsonSchema(parameters) }]),
  )

const endOf = (reason: FinishReason | undefined): ModelAnswer['end'] =>
  reason === 'content-filter' ? 'withheld' : reason === 'length' ? 'length' : 'done'
