// Prints where the server of a new database keeps its data, the name of the database, and how many tables it has.
import { Client } from "pg"
import { newMigratedDatabase } from "../migrated-database.ts"

await using database = await newMigratedDatabase()
const client = new Client(database.url)
await client.connect()
const { rows } = await client.query(`select current_setting('data_directory') as server, current_database() as database,
  count(*)::integer as tables from pg_tables where schemaname in ('wecom_push', 'wecom_push_jobs')`)
await client.end()
process.stdout.write(JSON.stringify(rows[0]))
