import type { IncomingMessage, ServerResponse } from "node:http"
import type { CallbackOptions } from "./options.ts"
import { quietly } from "../quietly.ts"
import { CallbackReceiver } from "./receiver.ts"
import { refusalFor } from "./refusal.ts"
import type { CallbackRefusal } from "./refusal.ts"

/**
 * For `http.createServer`, or a route of Express, before any middleware that reads bodies, because the signature is
 * computed from the bytes. A `request.body` from `express.text` or `express.raw` works too. One from `express.json`
 * does not: it is reported by a warning of the process, by `onRefused` and by a 500.
 */
export type NodeCallbackHandler = (request: IncomingMessage, response: ServerResponse) => void

/**
 * Receives the callbacks of one app on a Node server, whatever their path.
 * @example
 * const handler = createCallbackHandler({ token, encodingAesKey, receiveId: corpId, onEvent: (event) =>
 * console.log(event.kind) })
 * createServer(handler).listen(8080)
 * @throws {WeComError} `invalid_input` with every fault of the options
 */
export function createCallbackHandler(options: CallbackOptions): NodeCallbackHandler {
  const receiver = new CallbackReceiver(options)
  let isWarned = false
  const tellBodyRead = (): CallbackRefusal => {
    const refusal = refusalFor("body_read", options.language === "zh" ? "zh" : "en")
    // Only one warning, because any client that finds the address can cause it again and again.
    if (!isWarned) process.emitWarning(refusal.message, { code: "WECOM_PUSH_BODY_READ" })
    isWarned = true
    quietly(() => options.onRefused?.(refusal))
    return refusal
  }
  return (request, response) => {
    void serve(receiver, request, response, tellBodyRead)
  }
}

async function serve(
  receiver: CallbackReceiver,
  request: IncomingMessage,
  response: ServerResponse,
  tellBodyRead: () => CallbackRefusal,
): Promise<void> {
  const { method = "", url = "" } = request
  const queryAt = url.indexOf("?")
  const query = new URLSearchParams(queryAt < 0 ? "" : url.slice(queryAt + 1))
  const readBodyUpTo = (limitBytes: number): Promise<string | undefined> => readBody(request, limitBytes)
  const answer = await receiver.receive({ method, query, readBody: readBodyUpTo }).catch((error: unknown) => {
    if (error instanceof BodyWasRead) {
      answerBodyRead(response, tellBodyRead())
      return undefined
    }
    response.destroy()
    // The client has closed the connection; nothing was lost.
    if (error instanceof CutOff) return undefined
    throw error
  })
  if (answer === undefined) return
  response.writeHead(answer.status, { ...answer.headers, "content-length": Buffer.byteLength(answer.body) })
  response.end(answer.body)
  await answer.afterwards()
}

/** The fault is the server's, so the caller is only shown where to look. */
function answerBodyRead(response: ServerResponse, { status }: CallbackRefusal): void {
  // The middleware that read the body may have answered too.
  if (response.headersSent) return
  const body = "The callback handler came after a body parser; the server's log says what to do.\n"
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", "content-length": Buffer.byteLength(body) })
  response.end(body)
}

async function readBody(request: IncomingMessage, limitBytes: number): Promise<string | undefined> {
  const parsed: unknown = Reflect.get(request, "body")
  if (typeof parsed === "string" || parsed instanceof Uint8Array) {
    const bytes = Buffer.from(parsed)
    return bytes.length <= limitBytes ? bytes.toString("utf8") : undefined
  }
  if (request.destroyed && !request.complete) throw new CutOff()
  if (request.readableDidRead) throw new BodyWasRead()
  return collectBody(request, limitBytes)
}

function collectBody(request: IncomingMessage, limitBytes: number): Promise<string | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>()
  const chunks: Buffer[] = []
  let bytes = 0
  const onData = (chunk: Buffer): void => {
    bytes += chunk.length
    if (bytes <= limitBytes) {
      chunks.push(chunk)
      return
    }
    // Paused, not destroyed: the answer still has to go out on the same connection.
    request.off("data", onData).pause()
    resolve(undefined)
  }
  request.on("data", onData)
  request.once("end", () => resolve(Buffer.concat(chunks).toString("utf8")))
  request.once("close", () => reject(new CutOff()))
  request.once("error", () => reject(new CutOff()))
  return promise
}

class CutOff extends Error {}
class BodyWasRead extends Error {}
