import { randomUUID } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const file = join(process.env.FORGEOPS_HOME ?? '', 'owner.json')
const account = { email: 'owner@example.com', password: randomUUID() }
if (!existsSync(file)) writeFileSync(file, JSON.stringify(account), { mode: 0o600 })
