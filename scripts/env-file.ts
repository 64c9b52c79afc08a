/** One variable of an env file, with the comment above it. */
export interface EnvEntry {
  readonly name: string
  readonly value: string
  readonly comment: string
}

/** Reads a file of `NAME=value` lines, each below its comment. */
export function readEnvFile(text: string): EnvEntry[] {
  const lines = text.split('\n')
  return lines.flatMap((line, at) => {
    const [, name, value] = line.match(/^([A-Z][A-Z0-9_]*)=(.*)$/) ?? []
    const above = lines[at - 1] ?? ''
    const comment = above.startsWith('#') ? above.slice(1).trim() : ''
    return name === undefined ? [] : [{ name, value: value ?? '', comment }]
  })
}

/**
 * The same file with values for some of its names; what is not plain is put in single quotes, as compose reads them.
 *
 * @throws Error when the file lacks one of the names
 */
export function fillEnvFile(text: string, values: Readonly<Record<string, string>>): string {
  return Object.entries(values).reduce((filled, [name, value]) => {
    const line = new RegExp(`^${name}=.*$`, 'm')
    if (!line.test(filled)) throw new Error(`The file has no line for ${name}.`)
    const written = /^[\w./:@,=+?&%-]*$/.test(value) ? value : `'${value}'`
    return filled.replace(line, () => `${name}=${written}`)
  }, text)
}
