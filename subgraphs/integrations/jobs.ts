export { type InvokeActionRequest, invokeAction } from './connection/invoke-action.ts'
export { ConnectorError } from './connector/connector.errors.ts'
export { type IntegrationsCtx, type IntegrationsParts, openIntegrationsParts } from './integrations.context.ts'
export { type IntegrationsPartsConfig, integrationsPartsConfig, integrationsPartsVariables } from './parts.config.ts'
