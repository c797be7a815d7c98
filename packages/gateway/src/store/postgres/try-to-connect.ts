import type { Client } from "pg"
import { DATABASE_TIMEOUTS } from "./database-timeouts.ts"
import { VerifiedClient } from "./verified-client.ts"

/** @returns the connection, or the error */
export async function tryToConnect(url: string): Promise<unknown> {
  let client: Client | undefined
  try {
    client = new VerifiedClient({
      url,
      application_name: "wecom-push start",
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: CONNECT_TIMEOUT_MS,
    })
    client.on("error", ignore)
    await client.connect()
    return client
  } catch (error) {
    client?.connection.stream.destroy()
    return error
  }
}

function ignore(): void {}

const CONNECT_TIMEOUT_MS = DATABASE_TIMEOUTS.connect.ms
