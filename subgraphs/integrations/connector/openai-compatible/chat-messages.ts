import type { ModelMessage as ChatMessage, ToolResultPart } from 'ai'
import type { ModelMessage, ToolCall, ToolResult } from '../model.ts'

/** A conversation in the SDK's shape. */
export const chatMessages = (messages: readonly ModelMessage[]): ChatMessage[] => messages.map(chatMessage)

function chatMessage(message: ModelMessage): ChatMessage {
  switch (message.role) {
    case 'user':
      return { role: 'user', content: message.text }
    case 'assistant':
      return {
        role: 'assistant',
        content: [
          ...(message.text === '' ? [] : [{ type: 'text' as const, text: message.text }]),
          ...message.calls.map(callPart),
        ],
      }
    case 'tool':
      return { role: 'tool', content: message.results.map(resultPart) }
  }
}

const callPart = ({ id, name, arguments: input }: ToolCall) => ({
  ...{ type: 'tool-call' as const, toolCallId: id, toolName: name, input },
})

const resultPart = ({ callId, name, text }: ToolResult): ToolResultPart => ({
  ...{ type: 'tool-result', toolCallId: callId, toolName: name, output: { type: 'text', value: text } },
})
