import type { z } from 'zod'
import type { IntegrationsParts } from '../integrations.context.ts'
import type { ModelAnswer, ModelRequest } from './model.ts'

/** A credential that a connection may hold: written once, never read back. */
export interface ConnectorSecret {
  readonly field: string
  readonly description: string
  readonly schema: z.ZodType<string>
}

/** What a connector has at hand when it calls its service. */
export interface ConnectorCall<Config> {
  readonly config: Config
  /** Field → value, of those that the connection holds. */
  readonly secrets: Readonly<Record<string, string>>
  readonly parts: IntegrationsParts
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

export interface ActionCall<Config> extends ConnectorCall<Config> {
  /** Names the effect: the same however often the step is tried. */
  readonly effectKey: string
  /** A token with the rights of the run; another than `refused`, which the platform did not take. */
  readonly runToken: (refused?: string) => Promise<string>
  /** The trace that the platform's own API goes on in; it is told to nobody else. */
  readonly traceparent: string
}

/** What a provider of models has at hand when it is asked. */
export interface ModelCall<Config> extends ConnectorCall<Config> {
  /** Names the question: the same however often the step is tried. */
  readonly effectKey: string
}

export interface ConnectorAction<Config = unknown, Input = unknown> {
  readonly key: string
  readonly description: string
  readonly input: z.ZodType<Input>
  /** @throws ConnectorError; when `signal` is aborted, its reason */
  run(call: ActionCall<Config>, input: Input): Promise<unknown>
}

/** A kind of service that agents can use: what it needs, what it can do, and how to see whether it works. */
export interface Connector<Config = unknown> {
  readonly key: string
  readonly title: string
  readonly description: string
  readonly config: z.ZodType<Config>
  readonly secrets: readonly ConnectorSecret[]
  readonly actions: readonly ConnectorAction<Config>[]
  /** The secrets without which a connection so configured cannot work. */
  secretsNeeded(config: Config): readonly string[]
  /** Refuses a configuration that could never work. @throws DomainError */
  checkConfig(config: Config, parts: IntegrationsParts): void
  /** Makes one real call. @throws ConnectorError */
  test(call: ConnectorCall<Config>): Promise<void>
  /** Asks a model once, where the service is a provider of models. @throws ConnectorError; when `signal` is aborted, its reason */
  ask?(call: ModelCall<Config>, request: ModelRequest): Promise<ModelAnswer>
}
