const oldest = [22, 19] as const

/** The sentence for a Node that is too old to run the project (it needs 22.19), or undefined. */
export function nodeFault(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return undefined
  return `Node ${version} is too old: ForgeOps needs ${oldest.join('.')} or later, which npm ci brings on Linux and Windows.`
}
