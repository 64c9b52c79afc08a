import { bootstrapCommand } from './bootstrap-command.ts'

process.exitCode = await bootstrapCommand(process.env, console.log, console.error)
