import type { ServerResponse } from 'node:http'
import { answerJson, openOutsideService, type ReceivedRequest } from './outside-service.ts'

/** What a model was asked, as the Chat Completions API has it. */
export interface ChatRequest {
  readonly model: string
  readonly messages: readonly {
    readonly role: string
    readonly content: string | null
    readonly tool_call_id?: string
    readonly tool_calls?: readonly { readonly id: string; readonly function: { readonly name: string } }[]
  }[]
  readonly tools?: readonly { readonly function: { readonly name: string; readonly parameters: object } }[]
  readonly response_format?: { readonly type: string; readonly json_schema?: object }
  readonly max_tokens?: number
  readonly temperature?: number
  readonly stream?: boolean
}

/** What the model says: a text, or tools with their arguments (a text is sent as it is, also when it is no JSON). */
export interface Said {
  readonly text?: string
  readonly calls?: readonly { readonly name: string; readonly arguments: unknown }[]
  readonly usage?: { readonly input: number; readonly output: number } | null
  readonly end?: string
}

/** Instead of an answer. */
export interface Refused {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
}

export type Script = (asked: ChatRequest, request: ReceivedRequest) => Said | Refused | Promise<Said | Refused>

/** A provider of models that says what a test tells it to, over the wire protocol of the real ones. */
export async function openModelServer(first: Script = () => ({ text: 'Hello.' })) {
  let script = first
  const asked: (ChatRequest & { readonly key: string; readonly authorization: string | undefined })[] = []
  const service = await openOutsideService((request, response) => void answer(request, response))

  async function answer(request: ReceivedRequest, response: ServerResponse): Promise<void> {
    if (request.method === 'GET' && request.url === '/v1/models')
      return answerJson(response, 200, { object: 'list', data: [{ id: 'small', object: 'model' }] })
    if (request.method !== 'POST' || request.url !== '/v1/chat/completions') return answerJson(response, 404, {})
    const question = JSON.parse(request.body) as ChatRequest
    const { authorization, 'idempotency-key': key } = request.headers
    asked.push({ ...question, key: String(key), authorization })
    const said = await script(question, request)
    if (response.destroyed) return
    if ('status' in said) {
      for (const [name, value] of Object.entries(said.headers ?? {})) response.setHeader(name, value)
      // As providers do, credentials and all.
      return answerJson(response, said.status, { error: { message: `Refused: ${authorization}`, type: 'error' } })
    }
    answerJson(response, 200, completion(question.model, asked.length, said))
  }

  return {
    url: `${service.url}/v1`,
    hostAndPort: service.hostAndPort,
    asked,
    /** From now on it answers so. */
    answers(next: Script): void {
      script = next
    },
    close: service.close,
  }
}
export type ModelServer = Awaited<ReturnType<typeof openModelServer>>

/** https://platform.openai.com/docs/api-reference/chat/object */
function completion(model: string, number: number, { text, calls, usage, end }: Said) {
  const toolCalls = calls?.map(({ name, arguments: given }, index) => ({
    id: `call_${number}_${index}`,
    type: 'function',
    function: { name, arguments: typeof given === 'string' ? given : JSON.stringify(given) },
  }))
  return {
    ...{ id: `chatcmpl-${number}`, object: 'chat.completion', created: 1_700_000_000 + number, model: `${model}-1` },
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: text ?? null, ...(toolCalls && { tool_calls: toolCalls }) },
        finish_reason: end ?? (toolCalls === undefined ? 'stop' : 'tool_calls'),
      },
    ],
    ...(usage !== null && {
      usage: {
        ...{ prompt_tokens: usage?.input ?? 10, completion_tokens: usage?.output ?? 5 },
        total_tokens: (usage?.input ?? 10) + (usage?.output ?? 5),
      },
    }),
  }
}
