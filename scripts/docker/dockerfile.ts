import { existsSync } from 'node:fs'
import { join } from 'node:path'

interface Instruction {
  readonly name: string
  readonly rest: string
}

/** The instructions of a Dockerfile, continued lines joined, comments left out. */
function instructionsOf(text: string): Instruction[] {
  const lines = text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')
  return lines.flatMap((line) => {
    const [, name, rest] = line.match(/^\s*([A-Z]+)\s+(.*)$/) ?? []
    return name === undefined ? [] : [{ name, rest: rest ?? '' }]
  })
}

/** Build arguments with their defaults. */
export function argumentsOf(text: string): Readonly<Record<string, string>> {
  const args = instructionsOf(text).filter(({ name }) => name === 'ARG')
  return Object.fromEntries(args.map(({ rest }) => [rest.split('=')[0] ?? '', rest.split('=').slice(1).join('=')]))
}

/**
 * What a Dockerfile names and the project lacks: files to copy, stages, npm scripts, modules to run; and what an image of
 * ours must not be: run as root.
 *
 * @param scripts the names of package.json's scripts
 */
export function dockerfileFaults(text: string, root: string, scripts: ReadonlySet<string>): string[] {
  const faults: string[] = []
  const stages = new Set<string>()
  let user = 'root'
  for (const { name, rest } of instructionsOf(text)) {
    if (name === 'FROM') {
      const stage = rest.match(/ AS (\S+)$/i)?.[1]
      if (stage !== undefined) stages.add(stage)
      user = 'root'
    }
    if (name === 'USER') user = rest
    if (name === 'COPY') faults.push(...copyFaults(rest, root, stages))
    for (const [, script] of rest.matchAll(/npm run ([\w:-]+)/g)) {
      if (name === 'RUN' && !scripts.has(script ?? '')) faults.push(`runs npm run ${script}, which package.json lacks`)
    }
    if (['CMD', 'ENTRYPOINT', 'HEALTHCHECK'].includes(name)) {
      for (const [, module] of rest.matchAll(/"([\w/.-]+)\.js"/g)) {
        if (!existsSync(join(root, `${module}.ts`)))
          faults.push(`runs ${module}.js, for which there is no ${module}.ts`)
      }
    }
  }
  if (!/^[1-9]\d*(:[1-9]\d*)?$/.test(user)) faults.push(`runs as ${user}: it must be a number other than root's`)
  if (!/^HEALTHCHECK /m.test(text)) faults.push('has no health check')
  return faults.map((fault) => `Dockerfile ${fault}`)
}

function copyFaults(rest: string, root: string, stages: ReadonlySet<string>): string[] {
  const from = rest.match(/--from=(\S+)/)?.[1]
  if (from !== undefined) return stages.has(from) ? [] : [`copies from ${from}, which is no stage before`]
  const sources = rest
    .split(/\s+/)
    .filter((word) => !word.startsWith('--'))
    .slice(0, -1)
  return sources
    .filter((source) => !existsSync(join(root, source)))
    .map((source) => `copies ${source}, which does not exist`)
}
