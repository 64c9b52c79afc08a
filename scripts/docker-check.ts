import { readFileSync } from 'node:fs'
import { composeFaults } from './docker/compose-faults.ts'
import { readCompose, schemaFaults } from './docker/compose-file.ts'
import { argumentsOf, dockerfileFaults } from './docker/dockerfile.ts'
import { buildImage } from './docker/image-build.ts'
import { readEnvFile } from './env-file.ts'
import { programs, seedProgram } from './programs.ts'
import { composeSecrets } from './write-env.ts'

const all = [...programs, seedProgram]

/** What is wrong with the Dockerfile and docker-compose.yml, as far as reading them tells. */
export async function containerFaults(root: string): Promise<string[]> {
  const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8')
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const dockerfile = read('Dockerfile')
  const compose = readCompose(read('docker-compose.yml'))
  const stated = Object.fromEntries(readEnvFile(read('.env.example')).map(({ name, value }) => [name, value]))
  return [
    ...dockerfileFaults(dockerfile, root, new Set(Object.keys(scripts))),
    ...schemaFaults(compose),
    ...composeFaults(compose, {
      root,
      programs: all,
      environment: { ...stated, ...composeSecrets() },
      buildArguments: new Set(Object.keys(argumentsOf(dockerfile))),
    }),
  ]
}

if (import.meta.main) {
  const root = process.cwd()
  const faults = await containerFaults(root)
  const base = process.env.DOCKER_CHECK_BASE || argumentsOf(readFileSync('Dockerfile', 'utf8')).BASE_IMAGE || ''
  const image = buildImage({ root, base, programs: all, env: process.env })
  const found = [...faults, ...(image.notBuilt === null ? image.faults : [])]
  for (const fault of found) console.error(fault)
  if (faults.length === 0) console.log('Dockerfile and docker-compose.yml name nothing that is not there.')
  if (image.notBuilt !== null) console.log(`NOT BUILT: ${image.notBuilt}.`)
  else if (image.faults.length === 0)
    console.log(`Built from ${base}, and started each of ${all.length} programs in it.`)
  process.exitCode = found.length === 0 ? 0 : 1
}
