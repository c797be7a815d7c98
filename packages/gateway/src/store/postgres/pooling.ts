import { Client } from "pg"
import { tryToConnect } from "./try-to-connect.ts"

/**
 * Whether a connection of the server goes to other clients between two transactions. Then, of clients that are there
 * together, all but the first in a transaction, one gets the connection of the first, or the first has another
 * afterwards. Without a pooler a server returns the same number twice, and two clients are enough.
 */
export async function changesBackend(client: Client, url: string): Promise<boolean> {
  await using others = new AsyncDisposableStack()
  const mine = await backendOf(client)
  // Missing in its types: the process id that the other end reports.
  const reported: unknown = Reflect.get(client, "processID")
  for (let n = 0; n < (reported === mine ? 1 : MOST_OTHERS); n++) {
    const other = await tryToConnect(url)
    // No more connections are available.
    if (!(other instanceof Client)) break
    others.adopt(other, (other) => other.end())
    await other.query("begin")
    if ((await backendOf(other)) === mine || (await backendOf(client)) !== mine) return true
  }
  return false
}

async function backendOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid")
  return rows[0]?.pid ?? 0
}

/** More than a pooler keeps idle. */
const MOST_OTHERS = 8
