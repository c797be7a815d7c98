import { Client } from "pg"
import { tryToConnect } from "./try-to-connect.ts"

/**
 * Whether a connection of the server is given to others between two transactions. Then of clients that are there together,
 * and all but the first in a transaction, one gets that of the first, or the first has another afterwards. A server that
 * is asked without a pooler tells the same number twice, and two are enough.
 */
export async function changesBackend(client: Client, url: string): Promise<boolean> {
  await using others = new AsyncDisposableStack()
  const mine = await backendOf(client)
  // Not in its types: what the other end says who it is.
  const told: unknown = Reflect.get(client, "processID")
  for (let n = 0; n < (told === mine ? 1 : MOST_OTHERS); n++) {
    const other = await tryToConnect(url)
    // No more are to be had.
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
