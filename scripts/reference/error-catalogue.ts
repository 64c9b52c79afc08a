import { globSync, readFileSync } from 'node:fs'
import { type CodedError, errorsIn, type ModuleErrors } from './coded-errors.ts'

/** graphql-js's own code, which leaves us as BAD_USER_INPUT (platform/graphql/format-error.ts). */
const foreign = new Set(['OPERATION_RESOLUTION_FAILURE'])

/** Every error code that the code gives with every set of words, in the order of files. */
export function errorCatalogue(): readonly CodedError[] {
  const modules = globSync('{platform,gateway,subgraphs,worker}/**/*.ts')
    .filter((file) => !file.endsWith('.test.ts') && !file.includes('/playground/app/'))
    .sort()
    .map((file) => errorsIn(readFileSync(file, 'utf8'), file))
  return joined(modules).filter(({ code }) => !foreign.has(code))
}

/** An error made with words of its own has the code of its class, wherever that stands. */
export function joined(modules: readonly ModuleErrors[]): readonly CodedError[] {
  const codeOfClass = new Map(modules.flatMap(({ worded }) => [...worded]))
  return modules.flatMap(({ coded, made }) => [
    ...coded,
    ...made.flatMap(({ className, words, file }) => {
      const code = codeOfClass.get(className)
      return code === undefined ? [] : [{ code, words, meaning: undefined, file }]
    }),
  ])
}
