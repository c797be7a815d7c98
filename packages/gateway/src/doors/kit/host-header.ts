import type { IncomingMessage } from "node:http"
import { Problem } from "../../problems/problem.ts"
import type { App } from "./app.ts"
import { sendProblem } from "./failures.ts"

/**
 * Refuses, on all paths, a request without exactly one Host, because a proxy in front may have read it differently.
 * @param onlyLoopback also refuses any host name but this machine's own: for a gateway whose key is public, since a page on
 *   the web can make its own name lead to this machine
 */
export function checkHost(app: App, { onlyLoopback }: { readonly onlyLoopback: boolean }): void {
  app.addHook("onRequest", (request, reply, done) => {
    const problem = problemOf(request.raw, onlyLoopback)
    if (problem === undefined) done()
    else sendProblem(problem, request, reply)
  })
}

function problemOf(request: IncomingMessage, onlyLoopback: boolean): Problem | undefined {
  const hosts = hostsOf(request)
  const isOld = request.httpVersion === "1.0"
  if (hosts.length > 1 || (hosts.length === 0 && !isOld)) return notOne(hosts.length)
  if (!onlyLoopback || LOOPBACK.test(hosts[0] ?? "")) return undefined
  return new Problem("foreign_host")
}

function hostsOf({ rawHeaders }: IncomingMessage): string[] {
  const hosts: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]
    if (name?.length === 4 && name.toLowerCase() === "host") hosts.push(rawHeaders[index + 1] ?? "")
  }
  return hosts
}

/** `localhost`, a name below it, and loopback addresses, with or without a port. */
const LOOPBACK = /^(?:(?:[\w-]{1,63}\.){0,9}localhost\.?|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i

function notOne(count: number): Problem {
  return new Problem("bad_request", {
    detail: {
      en: `The request has ${count} Host headers; send one.`,
      zh: `请求有 ${count} 个 Host 请求头，应恰好为 1 个。`,
    },
  })
}
