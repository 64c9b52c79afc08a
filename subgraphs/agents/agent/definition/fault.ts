/** What is wrong with a definition, and where: `steps[0].cases[1].when`; the empty path is the definition itself. */
export interface Fault {
  readonly path: string
  readonly message: string
}

export type Path = readonly PropertyKey[]

export const faultAt = (path: Path, message: string): Fault => ({ path: pathText(path), message })

function pathText(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    const name = String(part)
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return `${text}[${JSON.stringify(name)}]`
    return text === '' ? name : `${text}.${name}`
  }, '')
}
