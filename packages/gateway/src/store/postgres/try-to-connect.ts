import { Client } from "pg"

/** @returns the connection, or why there is none */
export async function tryToConnect(url: string): Promise<unknown> {
  let client: Client | undefined
  try {
    client = new Client({
      connectionString: url,
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

const CONNECT_TIMEOUT_MS = 5000
