import type { IncomingMessage } from "node:http"
import type { App } from "./app.ts"

/**
 * Who sends `Expect: 100-continue` waits with the body until told to go on. Node would say so to anybody at once; here
 * it is said when it is known who asks, and that there is room for the body. Whoever is refused need not send it.
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
