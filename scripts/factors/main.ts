import { resetFactorsCommand } from './reset-factors.ts'

process.exitCode = await resetFactorsCommand(process.argv.slice(2), process.env, console.log)
