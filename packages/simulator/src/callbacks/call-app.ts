import { request as requestByHttp } from "node:http"
import { request as requestByHttps } from "node:https"
import type { Clock } from "../clock.ts"

/** One request to an app's callback URL. */
export interface AppRequest {
  readonly url: string
  readonly method: "GET" | "POST"
  readonly query: Readonly<Record<string, string>>
  readonly body?: string
  /** The time limit for the whole answer, by the simulator's clock. */
  readonly limitMs: number
}

export type AppAnswer =
  | { readonly kind: "answered"; readonly status: number; readonly body: string }
  /** `timeout`, a code of the network's such as `ECONNREFUSED`, or `answer_too_long`. */
  | { readonly kind: "unanswered"; readonly error: string }

const MAX_ANSWER_BYTES = 1024 * 1024

/**
 * Uses a connection of its own for each request, as WeCom's many servers do: a connection that the app breaks does not
 * affect the next request.
 */
export async function callApp(clock: Clock, app: AppRequest, closing: AbortSignal): Promise<AppAnswer> {
  const ended = new AbortController()
  const giveUp = new AbortController()
  const inTime = clock.sleepUntil(clock.nowMs() + app.limitMs, AbortSignal.any([closing, ended.signal]))
  void inTime.then(() => giveUp.abort())
  try {
    return await send(app, giveUp.signal)
  } catch (error) {
    return { kind: "unanswered", error: giveUp.signal.aborted ? "timeout" : codeOf(error) }
  } finally {
    ended.abort()
  }
}

async function send({ url, method, query, body = "" }: AppRequest, signal: AbortSignal): Promise<AppAnswer> {
  const address = new URL(url)
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value)
  const { promise, resolve, reject } = Promise.withResolvers<AppAnswer>()
  const headers = method === "POST" ? { "content-type": "text/xml", "content-length": Buffer.byteLength(body) } : {}
  const ask = address.protocol === "https:" ? requestByHttps : requestByHttp
  // Set explicitly, because `NODE_TLS_REJECT_UNAUTHORIZED=0` in the environment would otherwise switch it off.
  const options = { method, headers, agent: false, signal, rejectUnauthorized: true }
  const request = ask(address, options, (response) => {
    const chunks: Buffer[] = []
    let bytes = 0
    response.on("data", (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= MAX_ANSWER_BYTES) chunks.push(chunk)
      else response.destroy(Object.assign(new Error("the answer is too long"), { code: "answer_too_long" }))
    })
    response.once("error", reject)
    response.once("end", () => {
      resolve({ kind: "answered", status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") })
    })
  })
  request.once("error", reject)
  request.end(body)
  return promise
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "failed"
}
