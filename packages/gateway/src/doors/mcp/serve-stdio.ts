import { finished } from "node:stream/promises"
import type { Readable, Writable } from "node:stream"
import { serveStdio, StdioServerTransport } from "@modelcontextprotocol/server/stdio"
import type { Language } from "@wecom-push/protocol"
import { Confirmations } from "./confirmations.ts"
import { createServer } from "./create-server.ts"
import type { GatewayDoor } from "./gateway-door.ts"

export interface StdioOptions {
  readonly door: GatewayDoor
  readonly language: Language
  /** The key for the gateway: confirmations are bound to it. */
  readonly key: string
  readonly input: Readable
  readonly output: Writable
  /** Called with input that does not follow the protocol, such as a line that cannot be parsed. */
  readonly onError: (error: Error) => void
  /** Aborting it ends the server. */
  readonly signal: AbortSignal
}

/** Serves one client until its input ends. Only lines of the protocol are written to the output. */
export async function serveOverStdio(options: StdioOptions): Promise<void> {
  const { door, language, key, input, output, onError, signal } = options
  const confirmations = new Confirmations({ secret: Buffer.from(key), keyId: "", now: Date.now })
  const handle = serveStdio(() => createServer({ door, language, confirmations }), {
    transport: new StdioServerTransport(input, output),
    maxSubscriptions: 0,
    onerror: onError,
  })
  try {
    await finished(input, { writable: false, signal })
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    await handle.close()
  }
}
