export function isCurrent(root: string): boolean
export function install(root: string): string | undefined
