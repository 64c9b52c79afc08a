import { registerHooks } from 'node:module'
import { isLeftOut, leftOut } from './left-out.ts'

const url = 'forgeops:left-out'

// Before Apollo's gateway is loaded: imported first.
registerHooks({
  resolve: (specifier, context, next) =>
    isLeftOut(specifier) ? { url, format: 'commonjs', shortCircuit: true } : next(specifier, context),
  load: (address, context, next) =>
    address === url ? { format: 'commonjs', source: leftOut, shortCircuit: true } : next(address, context),
})
