import { up } from '../../../scripts/up/up.ts'
import { toyPlan } from './toy-plan.ts'

process.exit(await up(process.env, toyPlan))
