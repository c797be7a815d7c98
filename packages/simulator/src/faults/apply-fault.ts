import type { FastifyReply } from "fastify"
import type { HttpAnswer } from "../http-answer.ts"
import { type JsonObject, parseJson } from "../json.ts"
import { Line } from "./line.ts"
import type { PlannedFault } from "./planned-fault.ts"

/** A call to which a fault applies, as the server passes it on. */
export interface StruckCall {
  readonly reply: FastifyReply
  /** Path and query, as the caller wrote them. */
  readonly url: string
  /** Aborts when the simulator closes, so that nothing waits any longer. */
  readonly closing: AbortSignal
  /** Does what the call asks, as if there were no fault. Returns the answer that would be sent. */
  act(): HttpAnswer | Promise<HttpAnswer>
  /**
   * Does nothing. Returns the answer in which WeCom refuses the call, or only claims success (`errcode` 0), with
   * `members` added.
   */
  refuse(errcode: number, members: JsonObject): HttpAnswer
}

/**
 * Answers a call as the fault says, on its raw connection. Resolves when the last byte was sent or the connection was
 * cut; a caller that has left is not an error.
 */
export async function applyFault(fault: PlannedFault, call: StruckCall): Promise<void> {
  call.reply.hijack()
  const line = new Line(call.reply.raw, call.closing)
  switch (fault.kind) {
    case "errcode":
    case "http_status":
    case "html": {
      if (fault.acts === true) await call.act()
      const answer = substitute(fault, call)
      await line.wait(fault.delayMs ?? 0)
      return line.answer(answer, "bytes" in fault ? fault.bytes : undefined)
    }
    case "raw":
      if (fault.acts === true) await call.act()
      await line.wait(fault.delayMs ?? 0)
      return line.sendRaw(fault.body)
    case "slow":
      await line.wait(fault.delayMs)
      return line.answer(await call.act())
    case "drip":
      return line.drip(await call.act(), fault.delayMs)
    case "truncate": {
      const answer = await call.act()
      await line.wait(fault.delayMs ?? 0)
      return line.truncate(answer, fault.bytes)
    }
    case "reset_before":
    case "reset_after":
      if (fault.kind === "reset_after") await call.act()
      await line.wait(fault.delayMs ?? 0)
      return line.reset()
    case "hang_before":
    case "hang_after":
      if (fault.kind === "hang_after") await call.act()
      await line.wait(fault.delayMs)
      return line.reset()
  }
}

type Substituting = PlannedFault & { readonly kind: "errcode" | "http_status" | "html" }

function substitute(fault: Substituting, call: StruckCall): HttpAnswer {
  if (fault.kind === "errcode") return call.refuse(fault.errcode, fault.body ?? {})
  if (fault.kind === "html") {
    const body = fault.body === undefined ? A_PAGE : textOf(fault.body)
    return { status: fault.status ?? 200, headers: { "Content-Type": "text/html; charset=utf-8" }, body }
  }
  const body = textOf(fault.body)
  const type = parseJson(body) === undefined ? "text/plain" : "application/json"
  // Redirects to the same address, so that a client that follows redirects can be seen by its second call.
  const redirect = fault.status >= 300 && fault.status < 400 ? { Location: call.url } : {}
  return { status: fault.status, headers: { "Content-Type": `${type}; charset=UTF-8`, ...redirect }, body }
}

/** The page that a portal or a firewall in between would show. */
const A_PAGE = `<!doctype html>
<html><head><title>Sign in</title></head><body><h1>Sign in to the network</h1></body></html>
`

function textOf(body: unknown): string {
  return typeof body === "string" ? body : (JSON.stringify(body) ?? "")
}
