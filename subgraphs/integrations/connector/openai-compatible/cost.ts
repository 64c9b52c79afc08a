/** In US dollars per million tokens, which is millionths of a dollar per token. */
export interface TokenPrice {
  readonly input: number
  readonly output: number
}

/** What tokens cost, in whole millionths of a US dollar, rounded up; null when the price or the tokens are not known. */
export function costMicros(
  price: TokenPrice | undefined,
  used: { readonly inputTokens?: number | undefined; readonly outputTokens?: number | undefined } | undefined,
): number | null {
  if (price === undefined || used?.inputTokens === undefined || used.outputTokens === undefined) return null
  // Rounded to a billionth first: 0.1 has no exact binary form, and 3 × 0.1 must not become one too many.
  return Math.ceil(Math.round((used.inputTokens * price.input + used.outputTokens * price.output) * 1e3) / 1e3)
}
