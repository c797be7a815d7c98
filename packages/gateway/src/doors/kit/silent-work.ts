import { Socket } from "node:net"
import { clampTimerMs } from "@wecom-push/sdk/internals"
import type { App } from "./app.ts"

/**
 * Reading a long list may take minutes: two to three for three million numbers of other countries. Nothing goes in or out of
 * the connection meanwhile, and that is no fault of the client: the timeout for a silent connection starts again with the
 * answer.
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

/** Requests from within the process have no socket. */
function silentFor(socket: unknown, ms: number): void {
  if (socket instanceof Socket) socket.setTimeout(ms)
}

/**
 * The form in which handlers get a body that they parse themselves. A client that still sends its body may not be silent.
 */
function isWholeBody(body: unknown): boolean {
  return Buffer.isBuffer(body)
}
