import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { builtFolder } from '../gateway/playground/playground-build.ts'
import { buildPlayground } from './build-playground.ts'
import { bundlePackages } from './bundle-packages.ts'

const root = join(import.meta.dirname, '..')

/**
 * Builds what runs in production, without development dependencies: the rooms and the migrator as JavaScript, beside
 * them the packages that they load, bundled, the supergraph, the clients' profiles and operations, the list of common
 * passwords, the playground and a package.json of their own. Processes start in that folder: `node gateway/main.js`.
 *
 * @param folder emptied first; must be below the project for its node_modules to be found, or get node_modules of its own
 * @param check whether the types are checked: tests leave that to `make typecheck`
 * @throws Error with the compiler's words when the types do not hold
 */
export async function build(folder: string, { check = true } = {}): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const tsc = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/typescript/bin/tsc'),
      '-p',
      'tsconfig.build.json',
      '--outDir',
      resolve(folder),
      '--noCheck',
      String(!check),
    ],
    { cwd: root, encoding: 'utf8' },
  )
  if (tsc.status !== 0) throw new Error(`The compiler refuses: ${tsc.stdout}${tsc.stderr}`)
  const emitted = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'))
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(builtManifest(), undefined, 2)}\n`)
  cpSync(join(root, 'gateway/supergraph.graphql'), join(folder, 'gateway/supergraph.graphql'))
  cpSync(join(root, 'clients'), join(folder, 'clients'), { recursive: true })
  const commonPasswords = 'subgraphs/identity/password/common-passwords.txt'
  cpSync(join(root, commonPasswords), join(folder, commonPasswords))
  await bundlePackages(folder, emitted)
  await buildPlayground()
  cpSync(builtFolder, join(folder, 'gateway/playground/dist'), { recursive: true })
}

/** The nearest package.json owns the `#` imports: here they end in .js. */
function builtManifest(): object {
  const { name, version, license, type, imports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly imports: Readonly<Record<string, string>>
  } & Readonly<Record<string, string>>
  const built = Object.entries(imports).map(([alias, path]) => [alias, path.replace(/\.ts$/, '.js')])
  return { name, version, private: true, license, type, imports: Object.fromEntries(built) }
}

if (import.meta.main) {
  await build('dist')
  console.log('Built into dist. Start there: node --enable-source-maps gateway/main.js')
}
