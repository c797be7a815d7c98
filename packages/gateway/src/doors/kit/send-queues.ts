import { readFile } from "node:fs/promises"

/**
 * How many bytes Linux still holds for the client of each TCP connection of a port, by the client's port: a text that
 * changes when the client reads. A program itself sees such a change only once a third of the system's buffer is free, which
 * is more than a megabyte.
 * @returns undefined if the system does not report it
 */
export async function sendQueues(port: number): Promise<ReadonlyMap<number, string> | undefined> {
  try {
    const tables = await Promise.all(["/proc/self/net/tcp", "/proc/self/net/tcp6"].map(readTable))
    return queuesIn(tables.join(""), port)
  } catch {
    return undefined
  }
}

/** Addresses are left out: if two clients have the same port, one is waited for as long as the other reads. */
function queuesIn(table: string, port: number): Map<number, string> {
  const queues = new Map<number, string>()
  const own = port.toString(16).toUpperCase().padStart(4, "0")
  for (const [, peer = "", queued = ""] of table.matchAll(rowsOf(own))) {
    const key = Number.parseInt(peer, 16)
    queues.set(key, (queues.get(key) ?? "") + queued)
  }
  return queues
}

/** Local address, remote address, state, bytes to send. */
function rowsOf(port: string): RegExp {
  return new RegExp(`^ *\\d+: [\\dA-F]+:${port} [\\dA-F]+:([\\dA-F]{4}) [\\dA-F]{2} ([\\dA-F]{8}):`, "gm")
}

/** A machine may have only one of the two address families. */
async function readTable(file: string): Promise<string> {
  try {
    return await readFile(file, "latin1")
  } catch (error) {
    if (file.endsWith("6")) return ""
    throw error
  }
}
