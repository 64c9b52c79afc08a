import { createRequire } from 'node:module'

// graphql-shield 7.6.5's ESM build does not load on Node ≥ 23, and graphql-middleware must be the very copy that it
// requires: it tests with instanceof. Its CommonJS build asks for util.isUndefined, which Node removed.
const require = createRequire(import.meta.url)
const util = require('node:util') as { isUndefined?: (value: unknown) => boolean }
util.isUndefined ??= (value) => value === undefined
const shieldModule = require('graphql-shield') as typeof import('graphql-shield')
const middlewareModule = require('graphql-middleware') as typeof import('graphql-middleware')

export const { allow, deny, rule, shield } = shieldModule
export const { applyMiddleware } = middlewareModule
export type ShieldRule = ReturnType<ReturnType<typeof rule>> | typeof allow | typeof deny
