import { Socket } from "node:net"
import { clampTimerMs } from "@wecom-push/sdk/internals"
import type { App } from "./app.ts"

/**
 * A long list may take minutes to be read: three million numbers of other countries two to three. Nothing goes in or out of
 * its connection meanwhile, and that is no fault of the client: the time for a silent connection runs again with the answer.
 */
export function allowSilentWork(app: App, stallMs: number): void {
  app.addHook("preHandler", (request, _reply, done) => {
    if (isWholeBody(request.body)) silentFor(request.raw.socket, 0)
    done()
  })
  app.addHook("onSend", (request, _reply, _payload, done) => {
    if (isWholeBody(request.body)) silentFor(request.raw.socket, clampTimerMs(stallMs))
    done()
  })
}

/** Requests from within the process come by no socket. */
function silentFor(socket: unknown, ms: number): void {
  if (socket instanceof Socket) socket.setTimeout(ms)
}

/** As handlers get it that read it by themselves; who still writes one may not be silent. */
function isWholeBody(body: unknown): boolean {
  return Buffer.isBuffer(body)
}
