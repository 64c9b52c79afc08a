import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { isLeftOut, leftOut } from '../gateway/planning/left-out.ts'

/**
 * What is not bundled: graphql, of which a process has one copy only; what asks for it by `require` or looks for files
 * beside itself; and what nobody installs, because it is asked for in vain.
 */
const left = [
  'graphql',
  'graphql-shield',
  'graphql-middleware',
  'bee-queue',
  'jsonata',
  'pino',
  'class-validator',
  'pg-native',
]

/** CommonJS that was bundled still asks Node for its own modules. */
const banner = `import { createRequire as createRequireOf } from 'node:module'; const require = createRequireOf(import.meta.url);`

/**
 * Puts the packages that built modules load into a few files in `node_modules` beside them, so that a process reads dozens
 * of files at its start and not thousands.
 *
 * @param folder of the built modules
 * @param modules all of them, by their paths below it
 */
export async function bundlePackages(folder: string, modules: readonly string[]): Promise<void> {
  const target = join(folder, 'node_modules')
  const specifiers = await packagesOf(folder, modules)
  const entryPoints = Object.fromEntries(specifiers.map((specifier) => [fileOf(specifier), `entry:${specifier}`]))
  await build({
    entryPoints,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    mainFields: ['main', 'module'],
    external: left.flatMap((name) => [name, `${name}/*`]),
    banner: { js: banner },
    outdir: target,
    chunkNames: '.shared/[name]-[hash]',
    logLevel: 'error',
    plugins: [entries, leaveOut],
  })
  for (const [name, own] of Map.groupBy(specifiers, packageOf)) {
    const paths = own.map((specifier) => [
      `.${specifier.slice(name.length)}`,
      `./${fileOf(specifier).slice(name.length + 1)}.js`,
    ])
    const manifest = { name, version: versionOf(name), type: 'module', exports: Object.fromEntries(paths) }
    mkdirSync(join(target, name), { recursive: true })
    writeFileSync(join(target, name, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
  }
}

/** What of packages the modules import, as they write it. */
async function packagesOf(folder: string, modules: readonly string[]): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: modules.map((module) => join(folder, module)),
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    // Our own `#` imports are packages to nobody else.
    plugins: [ownImports],
    outdir: folder,
    write: false,
    metafile: true,
    logLevel: 'error',
  })
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports)
  const bare = imports.filter(
    ({ path, external, kind }) => external === true && kind !== 'require-call' && !isBuiltin(path),
  )
  const names = new Set(bare.map(({ path }) => path))
  return [...names].filter((name) => !name.startsWith('#') && !left.includes(packageOf(name))).sort()
}

const ownImports: Plugin = {
  name: 'own imports',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^#/ }, () => ({ external: true }))
  },
}

/** A module that hands on what Node finds in a package: of CommonJS too, whose names a bundler does not know. */
const entries: Plugin = {
  name: 'entries',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^entry:/ }, ({ path }) => ({ path: path.slice('entry:'.length), namespace: 'entry' }))
    onLoad({ filter: /.*/, namespace: 'entry' }, async ({ path }) => {
      const names = Object.keys((await import(path)) as object).filter((name) => name !== 'module.exports')
      const contents = names.length === 0 ? `import '${path}'` : `export { ${names.join(', ')} } from '${path}'`
      return { contents, resolveDir: import.meta.dirname }
    })
  },
}

/** What the planner leaves out is not bundled for it either. */
const leaveOut: Plugin = {
  name: 'leave out',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^[@\w]/ }, ({ path, importer }) =>
      importer.includes('/@apollo/gateway/') && isLeftOut(path) ? { path, namespace: 'left out' } : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'left out' }, () => ({ contents: leftOut }))
  },
}

const packageOf = (specifier: string): string => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')

/** Of a package's own name there is no file: `redis` lies in `redis/index`. */
const fileOf = (specifier: string): string =>
  specifier === packageOf(specifier) ? `${specifier}/index` : specifier.replace(/\.js$/, '')

const versionOf = (name: string): string =>
  (
    JSON.parse(readFileSync(join(dirname(import.meta.dirname), 'node_modules', name, 'package.json'), 'utf8')) as {
      version: string
    }
  ).version
