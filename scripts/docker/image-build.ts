import { spawnSync } from 'node:child_process'
import type { Program } from '../programs.ts'

/** What came of building the image for real; `notBuilt` says why nobody could try. */
export type ImageBuild = { readonly notBuilt: string } | { readonly notBuilt: null; readonly faults: readonly string[] }

export interface ImageBuildOptions {
  readonly root: string
  readonly base: string
  readonly programs: readonly Program[]
  readonly env: NodeJS.ProcessEnv
  /** Whether buildah may be used: it needs root where there are no user namespaces. */
  readonly isRoot?: boolean
}

interface Builder {
  hasImage(name: string): boolean
  build(base: string): string | null
  /** Runs a command in the built image. */
  run(...command: string[]): { readonly code: number | null; readonly words: string }
  clean(): void
}

const tag = 'forgeops:docker-check'
const buildTimeoutMs = 600_000

/**
 * Builds the image with docker or buildah from a base image that is on this machine (none is fetched), and starts each
 * program in it without configuration: that it names what is missing shows that all its modules are there.
 */
export function buildImage({
  root,
  base,
  programs,
  env,
  isRoot = process.getuid?.() === 0,
}: ImageBuildOptions): ImageBuild {
  const builder = findBuilder(root, env, isRoot)
  if (builder === undefined) return { notBuilt: 'neither a docker daemon nor buildah (as root) is here' }
  if (!builder.hasImage(base)) return { notBuilt: `the base image ${base} is not on this machine` }
  const failure = builder.build(base)
  if (failure !== null) return { notBuilt: null, faults: [`The image could not be built: ${failure}`] }
  try {
    const user = builder.run('node', '-p', 'process.getuid()').words.trim()
    const compiler = builder.run('node', '-e', 'require.resolve("typescript")')
    const starts = programs.map((program) => startFault(program, builder))
    return {
      notBuilt: null,
      faults: [
        ...(/^[1-9]\d*$/.test(user) ? [] : [`The image runs as ${user}.`]),
        ...(compiler.code !== 0 ? [] : ['The image holds development dependencies.']),
        ...starts.flatMap((fault) => fault ?? []),
      ],
    }
  } finally {
    builder.clean()
  }
}

function startFault({ name, module }: Program, builder: Builder): string | undefined {
  const { words } = builder.run('node', '--enable-source-maps', module.replace(/\.ts$/, '.js'))
  return /^The configuration has \d+ faults?:/m.test(words)
    ? undefined
    : `${name} does not start in the image: ${words}`
}

function findBuilder(root: string, env: NodeJS.ProcessEnv, isRoot: boolean): Builder | undefined {
  const call = (program: string, ...args: string[]) => {
    const done = spawnSync(program, args, {
      cwd: root,
      env,
      encoding: 'utf8',
      timeout: buildTimeoutMs,
      maxBuffer: 100_000_000,
    })
    return { code: done.status, out: done.stdout ?? '', words: `${done.stdout ?? ''}${done.stderr ?? ''}` }
  }
  const lastWords = (done: { code: number | null; words: string }) =>
    done.code === 0 ? null : done.words.slice(-2_000)
  if (call('docker', 'info').code === 0) {
    return {
      hasImage: (name) => call('docker', 'image', 'inspect', name).code === 0,
      build: (base) => lastWords(call('docker', 'build', `--build-arg=BASE_IMAGE=${base}`, `--tag=${tag}`, '.')),
      run: (program, ...args) =>
        call('docker', 'run', '--rm', '--network=none', `--entrypoint=${program}`, tag, ...args),
      clean: () => call('docker', 'image', 'rm', '--force', tag),
    }
  }
  if (!isRoot || call('buildah', '--version').code !== 0) return undefined
  // No daemon, no cgroups, no overlay: what works in a container too.
  const buildah = (...args: string[]) => call('buildah', '--storage-driver=vfs', ...args)
  let container: string | undefined
  return {
    hasImage: (name) => buildah('inspect', '--type=image', name).code === 0,
    build: (base) =>
      lastWords(
        buildah(
          'build',
          '--isolation=chroot',
          '--format=docker',
          '--pull=never',
          '--ulimit=nofile=1024:1024',
          `--build-arg=BASE_IMAGE=${base}`,
          `--tag=${tag}`,
          '.',
        ),
      ),
    run: (...command) => {
      container ??= buildah('from', '--pull=never', tag).out.trim()
      return buildah('run', '--isolation=chroot', container, '--', ...command)
    },
    clean: () => {
      if (container !== undefined) buildah('rm', container)
      buildah('rmi', '--force', tag)
    },
  }
}
