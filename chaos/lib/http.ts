import { Agent, request as startRequest } from "node:http"
import type { IncomingHttpHeaders, IncomingMessage } from "node:http"
import { text } from "node:stream/consumers"

export interface HttpRequest {
  readonly url: string
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** A body of plain text, instead of JSON. */
  readonly text?: string
  /** White space before the body, in bytes. */
  readonly padding?: number
  readonly timeoutMs?: number
  /** `kept` and an agent use a kept connection where there is one, of all requests or of that agent; `new` uses a new one. */
  readonly connection?: "kept" | "new" | Agent
}

export interface HttpReply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Parsed JSON; undefined for anything else. */
  readonly json: unknown
  readonly text: string
}

/**
 * One request over loopback. Rejects when no whole reply came: then it is unknown whether the request took effect. Never
 * repeats by itself.
 */
export async function http({
  url,
  method = "GET",
  headers = {},
  body,
  text: plain,
  padding = 0,
  timeoutMs = 15_000,
  connection = "kept",
}: HttpRequest): Promise<HttpReply> {
  const bytes = body === undefined ? plain : " ".repeat(padding) + JSON.stringify(body)
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const request = startRequest(url, {
    method,
    agent: connection === "kept" ? agent : connection === "new" ? false : connection,
    headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    signal: AbortSignal.timeout(timeoutMs),
  })
  request.on("error", reject)
  request.on("response", resolve)
  request.end(bytes)
  const response = await promise
  const content = await text(response)
  return { status: response.statusCode ?? 0, headers: response.headers, json: parsed(content), text: content }
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * The other side may close a kept connection just as it is used: a request that reads is repeated once then, one that changes
 * something gets a new connection.
 * @throws for any other answer than 2xx
 */
export async function mustAnswer<T>(request: HttpRequest): Promise<T> {
  const isReading = (request.method ?? "GET") === "GET"
  const once = (connection: "kept" | "new"): Promise<HttpReply> => http({ ...request, connection })
  const { status, json, text } = await (isReading ? once("kept").catch(() => once("new")) : once("new"))
  if (status >= 200 && status < 300) return json as T
  throw new Error(`${request.method ?? "GET"} ${request.url} answered ${status}: ${text.slice(0, 300)}`)
}
