// The least a WeCom can be: one fixed answer per path, so that what is measured is the client.
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

const token = "stub-token-".padEnd(214, "x")
const answers: Readonly<Record<string, string>> = {
  "/cgi-bin/gettoken": JSON.stringify({ errcode: 0, errmsg: "ok", access_token: token, expires_in: 7200 }),
  "/cgi-bin/media/upload": JSON.stringify({ errcode: 0, errmsg: "", type: "file", media_id: "M", created_at: "1" }),
  "/cgi-bin/message/send": JSON.stringify({ errcode: 0, errmsg: "ok", msgid: "stub-msgid-".padEnd(80, "x") }),
}

/** Whether somebody wants to know when each call arrives. Nanoseconds of the clock that all processes share. */
const tellsArrivals = process.argv.includes("tell-arrivals")
/** Whether whoever asks for a token waits for ever. */
const givesNoTokens = process.argv.includes("no-tokens")
let sends = 0

const server = createServer((request, response) => {
  if (tellsArrivals && request.url?.startsWith("/cgi-bin/message/send")) {
    process.send?.({ arrivedAt: String(process.hrtime.bigint()) })
  }
  request.resume()
  request.on("end", () => {
    const path = (request.url ?? "").split("?", 1)[0] ?? ""
    if (path === "/cgi-bin/message/send") sends++
    if (givesNoTokens && path === "/cgi-bin/gettoken") return
    const body = path === "/sends" ? String(sends) : (answers[path] ?? '{"errcode":404,"errmsg":"not here"}')
    response.writeHead(200, {
      "content-type": "application/json; charset=UTF-8",
      "content-length": Buffer.byteLength(body),
    })
    response.end(body)
  })
})
// Longer than any pause between rounds: a peer must not pay for a connection that this server closed.
server.keepAliveTimeout = 60_000
process.on("disconnect", () => process.exit())
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }))
