/** A PostgreSQL array literal: the driver would expand a JavaScript array into a list of parameters. */
export const textArray = (items: readonly string[]): string =>
  `{${items.map((item) => `"${item.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`).join(',')}}`
