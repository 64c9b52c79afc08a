import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { argumentsOf, dockerfileFaults } from './dockerfile.ts'

const scripts = new Set(['build'])
const faults = (text: string) => dockerfileFaults(text, process.cwd(), scripts)
const good = `ARG BASE=node:24
FROM $BASE AS build
COPY package.json \\
  package-lock.json ./
# RUN npm run nothing
RUN npm ci && npm run build
FROM $BASE
COPY --from=build /dist ./
USER 10001:10001
HEALTHCHECK CMD ["node", "scripts/container/healthcheck.js"]
CMD ["gateway/main.js"]
`

test('a file that names only what is there has no fault', () => {
  expect(faults(good)).toEqual([])
  expect(dockerfileFaults(readFileSync('Dockerfile', 'utf8'), process.cwd(), scripts)).toEqual([])
})

test('build arguments are read with their defaults', () => {
  expect(argumentsOf(good)).toEqual({ BASE: 'node:24' })
})

test.each([
  ['a file', good.replace('package-lock.json', 'package-lock.yaml'), 'copies package-lock.yaml, which does not exist'],
  ['a stage', good.replace('--from=build', '--from=bulid'), 'copies from bulid, which is no stage before'],
  ['a script', good.replace('npm run build', 'npm run bundle'), 'runs npm run bundle, which package.json lacks'],
  [
    'a module',
    good.replace('gateway/main.js', 'gate/main.js'),
    'runs gate/main.js, for which there is no gate/main.ts',
  ],
  ['a user', good.replace('USER 10001:10001', ''), "runs as root: it must be a number other than root's"],
  ['a name for a user', good.replace('10001:10001', 'node'), "runs as node: it must be a number other than root's"],
  ['a health check', good.replace(/HEALTHCHECK.*\n/, ''), 'has no health check'],
])('%s that is not there is named', (_what, text, fault) => {
  expect(faults(text)).toEqual([`Dockerfile ${fault}`])
})
