import type { IncomingHttpHeaders } from "node:http"
import { createMcpHandler } from "@modelcontextprotocol/server"
import type { Language } from "@wecom-push/protocol"
import { Confirmations } from "./confirmations.ts"
import type { ConfirmationOptions } from "./confirmations.ts"
import { createServer } from "./create-server.ts"
import type { GatewayDoor } from "./gateway-door.ts"

export interface HttpQuestion {
  readonly body: Buffer
  readonly headers: IncomingHttpHeaders
  /** Aborted when the client has left. */
  readonly signal: AbortSignal
  readonly door: GatewayDoor
  readonly language: Language
  readonly confirming: ConfirmationOptions
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Answers one request of a client of either protocol generation, with a server made for this request. */
export async function answerOverHttp({ body, headers, ...question }: HttpQuestion): Promise<HttpAnswer> {
  const { door, language, confirming, signal } = question
  const confirmations = new Confirmations(confirming)
  const handler = createMcpHandler(() => createServer({ door, language, confirmations }), {
    // A stream of changes would have no changes to report, and would stay open.
    maxSubscriptions: 0,
    keepAliveMs: 0,
  })
  const answer = await handler.fetch(
    new Request(OWN_ADDRESS, { method: "POST", headers: forMcp(headers), body: new Uint8Array(body), signal }),
  )
  // Also if a client of 2025 gets the answer as a stream: the stream contains only this answer.
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    body: Buffer.from(await answer.arrayBuffer()),
  }
}

/** No code reads this address. */
const OWN_ADDRESS = "http://localhost/mcp"

function forMcp(headers: IncomingHttpHeaders): Headers {
  const taken = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === "string" && NEEDED.test(name)) taken.set(name, value)
  }
  return taken
}

const NEEDED = /^(?:accept|content-type|mcp-[\w-]+)$/
