// A minimal WeCom with one fixed answer per path, so that the client is measured.
import { createServer } from "node:http"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { json } from "node:stream/consumers"
import { setTimeout as sleep } from "node:timers/promises"

const token = "stub-token-".padEnd(214, "x")
const answers: Readonly<Record<string, string>> = {
  "/cgi-bin/gettoken": JSON.stringify({ errcode: 0, errmsg: "ok", access_token: token, expires_in: 7200 }),
  "/cgi-bin/media/upload": JSON.stringify({ errcode: 0, errmsg: "", type: "file", media_id: "M", created_at: "1" }),
  "/cgi-bin/user/get": JSON.stringify({ errcode: 0, errmsg: "ok", userid: "zhangsan", name: "张三", department: [2] }),
  "/cgi-bin/webhook/send": JSON.stringify({ errcode: 0, errmsg: "ok" }),
  "/cgi-bin/message/send": JSON.stringify({ errcode: 0, errmsg: "ok", msgid: "stub-msgid-".padEnd(80, "x") }),
}

/** Whether the parent is sent the time of each call's arrival, in nanoseconds of the clock that all processes share. */
const tellsArrivals = process.argv.includes("tell-arrivals")
/** Whether a request for a token is never answered. */
const givesNoTokens = process.argv.includes("no-tokens")
/** Whether it trusts no address: no token for anybody, and each app pauses. */
const isUntrusting = process.argv.includes("untrusting")
/** How long each send takes: `delay=1000`. */
const delayMs = Number(process.argv.find((word) => word.startsWith("delay="))?.slice("delay=".length) ?? 0)
/** How long each look-up takes: `lookup-delay=200`. */
const lookupDelayMs = Number(
  process.argv.find((word) => word.startsWith("lookup-delay="))?.slice("lookup-delay=".length) ?? 0,
)
/** For how many seconds from the first send on each is answered -1: `busy=25`. */
const busySeconds = Number(process.argv.find((word) => word.startsWith("busy="))?.slice("busy=".length) ?? 0)
let busyUntil: number | undefined
let lookups = 0
let sends = 0
/** After how many sends the parent gets a message. Repeated questions instead would disturb the measurement. */
let tellsAfter = Infinity
let atOnce = 0
let mostAtOnce = 0
/** When the messages of each group robot came, in milliseconds. */
const ofRobots = new Map<string, number[]>()

const server = createServer((request, response) => {
  if (tellsArrivals && request.url?.startsWith("/cgi-bin/message/send")) {
    process.send?.({ arrivedAt: String(process.hrtime.bigint()) })
  }
  if (request.url?.startsWith("/cgi-bin/user/getuserid")) {
    void answerLookup(request, response)
    return
  }
  request.resume()
  request.on("end", () => {
    const path = (request.url ?? "").split("?", 1)[0] ?? ""
    if (path === "/cgi-bin/message/send") {
      sends++
      tellWhenReached()
      if (delayMs > 0) return answerLate(response)
      busyUntil ??= performance.now() + busySeconds * 1000
      if (performance.now() < busyUntil) return response.end('{"errcode":-1,"errmsg":"system busy"}')
    }
    if (givesNoTokens && path === "/cgi-bin/gettoken") return
    if (isUntrusting && path === "/cgi-bin/gettoken")
      return response.end('{"errcode":60020,"errmsg":"not allow to access from your ip"}')
    if (path === "/most-at-once") return response.end(String(mostAtOnce))
    if (path === "/cgi-bin/webhook/send") noteRobot(request.url ?? "")
    if (path === "/robots") return response.end(JSON.stringify(seenOfRobots()))
    if (path === "/lookups") return response.end(String(lookups))
    const body = path === "/sends" ? String(sends) : (answers[path] ?? '{"errcode":404,"errmsg":"not here"}')
    response.writeHead(200, {
      "content-type": "application/json; charset=UTF-8",
      "content-length": Buffer.byteLength(body),
    })
    response.end(body)
  })
})
function noteRobot(url: string): void {
  const times = ofRobots.get(url) ?? []
  ofRobots.set(url, times)
  times.push(performance.now())
}
/** The most messages of one robot in any minute, and the times of each robot's messages since the first of all. */
function seenOfRobots(): { readonly most: number; readonly times: readonly (readonly number[])[] } {
  const all = [...ofRobots.values()]
  const first = Math.min(...all.map(([time = 0]) => time))
  const times = all.map((of) => of.map((time) => time - first))
  return { most: Math.max(0, ...times.map(mostInAMinute)), times }
}
function mostInAMinute(times: readonly number[]): number {
  return Math.max(...times.map((from, index) => times.slice(index).filter((time) => time - from < 60_000).length))
}
process.on("message", (order: { tellAfter: number }) => {
  tellsAfter = order.tellAfter
  tellWhenReached()
})
function tellWhenReached(): void {
  if (sends < tellsAfter) return
  tellsAfter = Infinity
  process.send?.({ reached: sends })
}
function answerLate(response: ServerResponse): void {
  mostAtOnce = Math.max(mostAtOnce, ++atOnce)
  // Also counts down for a client that no longer waits.
  response.once("close", () => atOnce--)
  setTimeout(() => {
    response.setHeader("content-type", "application/json; charset=UTF-8").end(answers["/cgi-bin/message/send"])
  }, delayMs)
}
async function answerLookup(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { mobile } = (await json(request)) as { readonly mobile: string }
  await sleep(lookupDelayMs)
  lookups++
  response
    .setHeader("content-type", "application/json; charset=UTF-8")
    .end(JSON.stringify({ errcode: 0, errmsg: "ok", userid: `of-${mobile}` }))
}
// Longer than any pause between rounds, so that no peer has to open a connection again that this server closed.
server.keepAliveTimeout = 60_000
process.on("disconnect", () => process.exit())
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }))
