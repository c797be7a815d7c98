// Starts PostgreSQL and prints the folder that its programs run from.
import { Client } from "pg"
import { newDatabase } from "../cluster.ts"

await using database = await newDatabase()
const client = new Client(database.url)
await client.connect()
const { rows } = await client.query<{ setting: string }>("select setting from pg_config where name = 'BINDIR'")
await client.end()
process.stdout.write(rows[0]?.setting ?? "")
