import { createHash } from 'node:crypto'
import { access, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { extname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { builtFolder, type PlaygroundBuild, readPlaygroundBuild } from '../gateway/playground/playground-build.ts'

const root = join(import.meta.dirname, '..')
const source = join(root, 'gateway/playground/app')
const contentTypes: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ttf': 'font/ttf',
}

/** What a call did; the sizes are null when the last build still stands. */
export interface BuildReport {
  folder: string
  milliseconds: number
  sizes: { files: number; bytes: number; zippedBytes: number } | null
}

/**
 * Builds the playground into static files, unless the last build was made from the same inputs: the sources, this
 * script and the lockfile. Safe to run twice at once: files are named by their content, and `build.json`, which lists
 * them, is written last and in one step.
 *
 * @param folder where the build goes
 * @throws when the bundler refuses the sources, or makes a file of a kind that the gateway has no content type for
 */
export async function buildPlayground(folder = builtFolder): Promise<BuildReport> {
  const startedMs = performance.now()
  const inputs = await digestInputs()
  if (await stands(folder, inputs)) return { folder, milliseconds: performance.now() - startedMs, sizes: null }

  const files = await bundle(`licenses-${inputs.slice(0, 8)}.md`)
  const assets = join(folder, 'assets')
  await mkdir(assets, { recursive: true })
  const zippedSizes = await Promise.all(
    files.map(async ({ name, content }) => {
      const zipped = await promisify(gzip)(content, { level: 9 })
      await Promise.all([writeFile(join(assets, name), content), writeFile(join(assets, `${name}.gz`), zipped)])
      return zipped.length
    }),
  )
  const build = describeBuild(inputs, files)
  const stamp = join(folder, `build.json.${process.pid}`)
  await writeFile(stamp, `${JSON.stringify(build, null, 2)}\n`)
  await rename(stamp, join(folder, 'build.json'))
  await removeStale(assets, build)

  const sizes = {
    files: files.length,
    bytes: sum(files.map(({ content }) => content.length)),
    zippedBytes: sum(zippedSizes),
  }
  return { folder, milliseconds: performance.now() - startedMs, sizes }
}

interface BuiltFile {
  name: string
  content: Buffer
  isEntry: boolean
}

async function bundle(licensesName: string): Promise<BuiltFile[]> {
  // Only here: most calls find the last build standing and need no bundler.
  const { build } = await import('vite')
  const result = await build({
    configFile: false,
    envFile: false,
    root: source,
    base: './',
    publicDir: false,
    logLevel: 'error',
    worker: { format: 'es' },
    build: {
      write: false,
      target: 'es2023',
      assetsDir: '',
      assetsInlineLimit: 0,
      license: { fileName: licensesName },
      rolldownOptions: { input: { playground: join(source, 'main.tsx'), icon: join(source, 'icon.svg') } },
    },
  })
  if (!('output' in result)) throw new Error('The bundler returned no files.')
  return result.output.map((file) => ({
    name: file.fileName,
    content: Buffer.from(file.type === 'chunk' ? file.code : file.source),
    isEntry: file.type === 'chunk' && file.isEntry,
  }))
}

function describeBuild(inputs: string, files: BuiltFile[]): PlaygroundBuild {
  const find = (what: string, matches: (file: BuiltFile) => boolean) => {
    const found = files.find(matches)
    if (!found) throw new Error(`The build of the playground made no ${what}.`)
    return found.name
  }
  const assets = files.map(({ name }) => {
    const type = contentTypes[extname(name)]
    if (!type) throw new Error(`The build of the playground made ${name}, a kind of file without a content type.`)
    return [name, type] as const
  })
  return {
    inputs,
    entry: find('entry', ({ name, isEntry }) => isEntry && name.startsWith('playground')),
    styles: [find('style sheet', ({ name }) => /^playground.*\.css$/.test(name))],
    icon: find('icon', ({ name }) => /^icon.*\.svg$/.test(name)),
    assets: Object.fromEntries(assets),
  }
}

async function digestInputs(): Promise<string> {
  const entries = await readdir(source, { recursive: true, withFileTypes: true })
  const sources = entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
  const hash = createHash('sha256')
  for (const path of [...sources.sort(), import.meta.filename, join(root, 'package-lock.json')]) {
    hash.update(`${relative(root, path)}\0`).update(await readFile(path))
  }
  return hash.digest('hex')
}

async function stands(folder: string, inputs: string): Promise<boolean> {
  const build = await readPlaygroundBuild(folder)
  if (build?.inputs !== inputs) return false
  const names = Object.keys(build.assets).flatMap((name) => [name, `${name}.gz`])
  const present = await Promise.allSettled(names.map((name) => access(join(folder, 'assets', name))))
  return present.every(({ status }) => status === 'fulfilled')
}

async function removeStale(assets: string, build: PlaygroundBuild): Promise<void> {
  const kept = new Set(Object.keys(build.assets).flatMap((name) => [name, `${name}.gz`]))
  const stale = (await readdir(assets)).filter((name) => !kept.has(name))
  await Promise.all(stale.map((name) => rm(join(assets, name), { force: true })))
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

if (import.meta.main) {
  const { folder, milliseconds, sizes } = await buildPlayground()
  const where = relative(process.cwd(), folder)
  const took = `${(milliseconds / 1000).toFixed(1)} s`
  const megabytes = (bytes: number) => `${(bytes / 1_000_000).toFixed(1)} MB`
  console.log(
    sizes
      ? `playground: ${sizes.files} files, ${megabytes(sizes.bytes)} (${megabytes(sizes.zippedBytes)} gzipped) in ${where}, built in ${took}`
      : `playground: up to date in ${where} (${took})`,
  )
}
