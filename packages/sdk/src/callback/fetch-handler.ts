import type { CallbackOptions } from "./options.ts"
import { CallbackReceiver } from "./receiver.ts"

export interface FetchCallbackContext {
  /** In a runtime that stops after the answer (Cloudflare Workers, Vercel), this makes it wait for `onEvent`. */
  waitUntil(promise: Promise<void>): void
}

/** For servers that answer a `Request` with a `Response`; the runtime must have `node:crypto`. */
export type FetchCallbackHandler = (request: Request, context?: FetchCallbackContext) => Promise<Response>

/**
 * Receives the callbacks of one app on a server with Fetch requests, whatever their path.
 * @throws {WeComError} `invalid_input` with every fault of the options
 */
export function createFetchCallbackHandler(options: CallbackOptions): FetchCallbackHandler {
  const receiver = new CallbackReceiver(options)
  return async (request, context) => {
    const { status, headers, body, afterwards } = await receiver.receive({
      method: request.method,
      query: new URL(request.url).searchParams,
      readBody: (limitBytes) => readBody(request, limitBytes),
    })
    const told = afterThis().then(afterwards)
    context?.waitUntil(told)
    return new Response(body, { status, headers })
  }
}

/** Runs in a later turn than the one in which the answer is sent. */
const afterThis = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

async function readBody(request: Request, limitBytes: number): Promise<string | undefined> {
  if (request.body === null) return ""
  const decoder = new TextDecoder()
  let bytes = 0
  let text = ""
  for await (const chunk of request.body) {
    bytes += chunk.byteLength
    if (bytes > limitBytes) return undefined
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
