import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { programs } from '../programs.ts'
import { buildImage } from './image-build.ts'

/** A folder with programs of these names, each a shell script; what they are called with is kept in `calls`. */
function machineWith(tools: Readonly<Record<string, string>>, isRoot = true) {
  const folder = mkdtempSync(join(tmpdir(), 'docker-check-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [name, script] of Object.entries(tools)) {
    writeFileSync(join(folder, name), `#!/bin/sh\necho "${name} $*" >> ${folder}/calls\n${script}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  const check = () =>
    buildImage({ root: process.cwd(), base: 'node:24', programs: programs.slice(0, 2), env: { PATH: folder }, isRoot })
  return { check, calls: () => readFileSync(join(folder, 'calls'), 'utf8') }
}

const healthyImage = `
case "$*" in
  *getuid*) echo 10001 ;;
  *typescript*) exit 1 ;;
  *main.js*) echo 'The configuration has 2 faults:'; exit 1 ;;
  from*|*" from "*) echo container-1 ;;
esac`

test('without a builder nothing is built, and why is said', () => {
  expect(machineWith({}).check()).toEqual({ notBuilt: 'neither a docker daemon nor buildah (as root) is here' })
})

test('buildah is none for who is not root', () => {
  expect(machineWith({ buildah: healthyImage }, false).check().notBuilt).toMatch(/^neither a docker daemon/)
})

test('a docker client without a daemon is no builder', () => {
  expect(machineWith({ docker: 'exit 1' }).check().notBuilt).toMatch(/^neither a docker daemon/)
})

test('without the base image nothing is built, and none is fetched', () => {
  const { check, calls } = machineWith({ docker: 'case "$1" in image) exit 1 ;; esac' })
  expect(check()).toEqual({ notBuilt: 'the base image node:24 is not on this machine' })
  expect(calls()).not.toContain('build')
})

test('with both, the image is built and each program started in it', () => {
  const { check, calls } = machineWith({ docker: healthyImage })
  expect(check()).toEqual({ notBuilt: null, faults: [] })
  expect(calls()).toContain('docker build --build-arg=BASE_IMAGE=node:24')
  expect(calls()).toContain('--entrypoint=node forgeops:docker-check --enable-source-maps subgraphs/identity/main.js')
  expect(calls()).toContain('docker image rm')
})

test('as root, buildah builds where no daemon is', () => {
  const { check, calls } = machineWith({ docker: 'exit 1', buildah: healthyImage })
  expect(check()).toEqual({ notBuilt: null, faults: [] })
  expect(calls()).toContain('run --isolation=chroot container-1 -- node --enable-source-maps gateway/main.js')
  expect(calls()).toContain('rm container-1')
})

test('a build that fails is a fault, in the builder’s own last words', () => {
  const { check } = machineWith({ docker: 'case "$1" in build) echo "no space"; exit 1 ;; esac' })
  expect(check()).toEqual({ notBuilt: null, faults: ['The image could not be built: no space\n'] })
})

test('an image that runs as root, holds the compiler or cannot start a program is at fault', () => {
  const { check } = machineWith({
    docker: 'case "$*" in *getuid*) echo 0 ;; *main.js*) echo "Cannot find module" ;; esac',
  })
  expect(check()).toEqual({
    notBuilt: null,
    faults: [
      'The image runs as 0.',
      'The image holds development dependencies.',
      'gateway does not start in the image: Cannot find module\n',
      'identity does not start in the image: Cannot find module\n',
    ],
  })
})
