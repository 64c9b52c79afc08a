import type { Connector } from './connector.ts'
import { forgeops } from './forgeops/forgeops.connector.ts'
import { http } from './http/http.connector.ts'
import { openaiCompatible } from './openai-compatible/openai-compatible.connector.ts'

/** Every connector there is. */
export const connectors: readonly Connector[] = [forgeops, http, openaiCompatible] as const

export const connectorOf = (key: string): Connector | undefined => connectors.find((each) => each.key === key)
