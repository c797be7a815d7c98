import type { IncomingMessage } from "node:http"
import type { App } from "./app.ts"

/**
 * A client that sends `Expect: 100-continue` waits with the body until it gets 100. Node would send 100 to every client at
 * once. Here it is sent when the key is known and there is room for the body, so that a refused client need not send the
 * body.
 */
export function delayContinue(app: App): void {
  const waiting = new WeakSet<IncomingMessage>()
  app.server.on("checkContinue", (request, response) => {
    waiting.add(request)
    app.server.emit("request", request, response)
  })
  app.addHook("preParsing", (request, reply, _payload, done) => {
    const isTooLong = Number(request.headers["content-length"] ?? 0) > request.routeOptions.bodyLimit
    if (!isTooLong && waiting.delete(request.raw)) reply.raw.writeContinue()
    done()
  })
}
