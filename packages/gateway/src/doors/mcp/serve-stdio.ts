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
  /** The key to the gateway: confirmations are bound to it. */
  readonly key: string
  readonly input: Readable
  readonly output: Writable
  /** Gets input that is not the protocol, such as a line that cannot be read. */
  readonly onError: (error: Error) => void
  /** Ends it. */
  readonly signal: AbortSignal
}

/** Serves one client until its input ends. Nothing but lines of the protocol is written to the output. */
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
