import { Client } from 'pg'

const client = new Client({ connectionString: process.env.DATABASE_URL })
await client.connect()
await client.query('create table if not exists starts (at timestamptz default now())')
await client.query('insert into starts default values')
const { rows } = await client.query('select count(*)::int as starts from starts')
await client.end()
process.stdout.write(`${JSON.stringify({ msg: 'migrated', ...rows[0] })}\n`)
