import { constants, createContext, Script } from 'node:vm'

/** What an evaluation came to. `output` is JSON text. */
export type Outcome =
  | { readonly kind: 'done'; readonly output: string }
  | { readonly kind: 'failed'; readonly message: string; readonly position: number | undefined }
  | { readonly kind: 'too-large' }

export type EvaluateInRealm = (expression: string, input: string, outputBytesMax: number) => Outcome

/** Levels that jsonata counts; a function that calls itself may do so about 400 times, or for ever as a tail call. */
const DEPTH_MAX = 2_000

/**
 * Runs inside of the realm, as text, since a function handed in from outside would carry its own realm's `Function` with
 * it. jsonata takes `btoa` and `atob` from `window` where there is no Buffer; they do just what Buffer would.
 */
const program = new Script(`
'use strict'
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
globalThis.window = {
  btoa: (text) => {
    let out = ''
    for (let at = 0; at < text.length; at += 3) {
      const [a, b, c] = [0, 1, 2].map((step) => text.charCodeAt(at + step) & 255)
      out += letters[a >> 2] + letters[((a & 3) << 4) | (b >> 4)]
      out += at + 1 < text.length ? letters[((b & 15) << 2) | (c >> 6)] : '='
      out += at + 2 < text.length ? letters[c & 63] : '='
    }
    return out
  },
  atob: (text) => {
    let [out, bits, held] = ['', 0, 0]
    for (const letter of text.split('=', 1)[0]) {
      const value = letters.indexOf(letter === '-' ? '+' : letter === '_' ? '/' : letter)
      if (value < 0) continue
      held = ((held << 6) | value) & 0xfff
      bits += 6
      if (bits >= 8) out += String.fromCharCode((held >> (bits -= 8)) & 255)
    }
    return out
  },
}
const isFunction = (value) => typeof value === 'function' || Boolean(value?._jsonata_lambda || value?._jsonata_function)
const asJson = (_key, value) => {
  if (typeof value === 'number' && !Number.isFinite(value)) throw { message: 'The result holds a number that JSON cannot carry.' }
  return isFunction(value) ? undefined : value
}
const explain = (error) => {
  if (error instanceof RangeError) return { message: 'The expression is nested too deeply, or makes too long a text.' }
  let message = String(error?.message ?? 'The expression failed.')
  // The author's own words may be repeated, the data that the expression met may not: errors end up in logs.
  if (!/^S/.test(error?.code)) for (const value of [error?.value, error?.value2, error?.exp])
    if (typeof value === 'string' || (typeof value === 'object' && value !== null))
      message = message.replaceAll(JSON.stringify(value, asJson), '…')
  return { message: message.slice(0, 500), position: Number.isInteger(error?.position) ? error.position : undefined }
}
globalThis.run = async (jsonata, depthMax) => {
  globalThis.output = globalThis.failure = undefined
  try {
    const result = await jsonata(expressionText, { stack: depthMax }).evaluate(JSON.parse(inputText))
    globalThis.output = JSON.stringify(result, asJson) ?? 'null'
  } catch (error) {
    try { globalThis.failure = JSON.stringify(explain(error)) } catch { globalThis.failure = '{"message":"The expression failed."}' }
  }
}
`)

const start = new Script(`run(jsonata, ${DEPTH_MAX})`)

/**
 * Evaluates JSONata in a realm of its own, made new for every evaluation: it has the language's built-ins and nothing of
 * Node (no process, require, timers, network), cannot turn text into code, and only text goes in and comes out. Nothing
 * that one evaluation does to its realm reaches the next. Says nothing of time and memory: that is the thread's matter.
 *
 * @param librarySource jsonata's own source text
 */
export function createRealmEvaluator(librarySource: string): EvaluateInRealm {
  const library = new Script(`((exports, module) => {${librarySource}\n;return module.exports})({}, { exports: {} })`)
  return (expression, input, outputBytesMax) => {
    const realm = createContext(constants.DONT_CONTEXTIFY, {
      codeGeneration: { strings: false, wasm: false },
      microtaskMode: 'afterEvaluate',
    })
    program.runInContext(realm)
    realm.jsonata = library.runInContext(realm)
    realm.expressionText = expression
    realm.inputText = input
    start.runInContext(realm)
    const { output, failure } = realm
    if (typeof output === 'string') {
      if (Buffer.byteLength(output) > outputBytesMax) return { kind: 'too-large' }
      return { kind: 'done', output }
    }
    const { message, position } = JSON.parse(typeof failure === 'string' ? failure : '{}')
    return { kind: 'failed', message: message ?? 'The expression failed.', position }
  }
}
