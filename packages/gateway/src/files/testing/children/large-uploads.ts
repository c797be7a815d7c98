// Hands files of 20 MB in, all at once, and has them sent, all in one process beside a WeCom that discards them. Prints
// how much memory grew since everything was loaded: resident memory, and the part in use. argv: DATABASE COUNT
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { startGateway } from "../../../app/main.ts"
import { ADMIN_KEY } from "../../../doors/http/testing/start-gateway.ts"

const MB = 1024 * 1024
const [file = "", count = "1"] = process.argv.slice(2)

/** Each measurement collects garbage first, which takes time. */
const LOOK_EVERY_MS = 150

let uploadedBytes = 0
const wecom = createServer((request, response) => {
  request.on("data", (piece: Buffer) => {
    if (request.url?.includes("media/upload") === true) uploadedBytes += piece.length
  })
  request.on("end", () => response.end(answerTo(request.url ?? "")))
})
wecom.listen(0, "127.0.0.1")
await once(wecom, "listening")
const baseUrl = `http://127.0.0.1:${(wecom.address() as AddressInfo).port}`
const app = { name: "alerts", corpId: "ww0000000000000001", agentId: 1_000_002, secret: "secret" }
const gateway = await startGateway({
  environment: { WECOM_PUSH_ADMIN_KEY: ADMIN_KEY },
  port: 0,
  databaseFile: file,
  baseUrl,
  apps: [app],
  logTo: { write: () => {} },
})

await handInAndSend(1, 0)
const before = look()
let peak = before
const looking = setInterval(() => {
  const { resident, used } = look()
  peak = { resident: Math.max(peak.resident, resident), used: Math.max(peak.used, used) }
}, LOOK_EVERY_MS)
await Promise.all(Array.from({ length: Number(count) }, (_, n) => handInAndSend(20, n + 1)))
clearInterval(looking)
await gateway.stop()
wecom.close()
console.log(
  JSON.stringify({
    residentMb: (peak.resident - before.resident) / MB,
    usedMb: (peak.used - before.used) / MB,
    uploadedMb: Math.floor(uploadedBytes / MB),
  }),
)

function look(): { readonly resident: number; readonly used: number } {
  globalThis.gc?.()
  const { rss, heapUsed, external } = process.memoryUsage()
  return { resident: rss, used: heapUsed + external }
}

async function handInAndSend(megabytes: number, seed: number): Promise<void> {
  const { id } = await post("/v1/media", form(megabytes, seed), "multipart/form-data; boundary=b")
  const message = { to: { users: ["zhangsan"] }, msgtype: "file", file: { media_id: id } }
  const accepted = await post("/v1/messages", JSON.stringify(message), "application/json")
  for (;;) {
    const { state } = await ask(`/v1/messages/${accepted.id}`)
    if (state === "sent") return
    await sleep(LOOK_EVERY_MS)
  }
}

/** A form whose bytes are made while it is sent. */
function form(megabytes: number, seed: number): ReadableStream<Uint8Array> {
  const piece = new Uint8Array(64 * 1024).fill(seed)
  return ReadableStream.from(
    (function* () {
      yield text('--b\r\nContent-Disposition: form-data; name="type"\r\n\r\nfile\r\n')
      yield text('--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n')
      for (let n = 0; n < megabytes * 16; n++) yield piece
      yield text("\r\n--b--\r\n")
    })(),
  )
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value)
}

async function post(path: string, body: string | ReadableStream, type: string): Promise<{ id: string }> {
  return ask(path, { method: "POST", body, duplex: "half", headers: { "content-type": type } })
}

// oxlint-disable-next-line typescript/no-explicit-any -- a look into answers
async function ask(path: string, init: RequestInit & { duplex?: "half" } = {}): Promise<any> {
  const headers = new Headers(init.headers)
  headers.set("authorization", `Bearer ${ADMIN_KEY}`)
  const answer = await fetch(gateway.url + path, { ...init, headers })
  if (!answer.ok) throw new Error(await answer.text())
  return answer.json()
}

function answerTo(url: string): string {
  if (url.includes("gettoken")) return JSON.stringify({ errcode: 0, access_token: "token", expires_in: 7200 })
  if (url.includes("media/upload")) return JSON.stringify({ errcode: 0, type: "file", media_id: crypto.randomUUID() })
  return JSON.stringify({ errcode: 0, errmsg: "ok", msgid: "m" })
}
