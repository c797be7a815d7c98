import type { IncomingMessage, ServerResponse } from "node:http"
import type { CallbackOptions } from "./options.ts"
import { CallbackReceiver } from "./receiver.ts"

/** For `http.createServer`, or a route of Express, before any middleware that reads bodies. */
export type NodeCallbackHandler = (request: IncomingMessage, response: ServerResponse) => void

/**
 * Receives the callbacks of one app on a server of Node's, whatever path they come to.
 * @example
 * const handler = createCallbackHandler({ token, encodingAesKey, receiveId: corpId, onEvent: (event) => console.log(event.kind) })
 * createServer(handler).listen(8080)
 * @throws {WeComError} `invalid_input` with every fault of the options
 */
export function createCallbackHandler(options: CallbackOptions): NodeCallbackHandler {
  const receiver = new CallbackReceiver(options)
  return (request, response) => {
    void serve(receiver, request, response)
  }
}

async function serve(receiver: CallbackReceiver, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = "", url = "" } = request
  const queryAt = url.indexOf("?")
  const query = new URLSearchParams(queryAt < 0 ? "" : url.slice(queryAt + 1))
  const readBodyUpTo = (limitBytes: number): Promise<string | undefined> => readBody(request, limitBytes)
  const answer = await receiver.receive({ method, query, readBody: readBodyUpTo }).catch((error: unknown) => {
    response.destroy()
    // Whoever asked is gone, and nothing was lost.
    if (error instanceof CutOff) return undefined
    throw error
  })
  if (answer === undefined) return
  response.writeHead(answer.status, { ...answer.headers, "content-length": Buffer.byteLength(answer.body) })
  response.end(answer.body)
  await answer.afterwards()
}

function readBody(request: IncomingMessage, limitBytes: number): Promise<string | undefined> {
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
