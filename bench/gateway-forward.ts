import { Readable } from "node:stream"
import { Pool } from "undici"
import { needsProc, residentBytes, startServer } from "./lib/child.ts"
import { ADMIN_KEY, APP } from "./lib/gateway/plan.ts"
import { serve } from "./lib/gateway/serve.ts"
import type { ServedGateway } from "./lib/gateway/serve.ts"
import { Folder } from "./lib/gateway/start.ts"
import { highestDuring } from "./lib/highest-during.ts"
import type { Report } from "./lib/report.ts"
import { inRounds } from "./lib/rounds.ts"

const BODY_BYTES = 60_000_000

/** A read that the gateway passes on, beside a raw pool that asks the stub itself; and what a long body takes of its memory. */
export async function gatewayForward(report: Report): Promise<void> {
  needsProc()
  await using folder = await Folder.make()
  await using stub = await startServer("lib/stub.ts")
  await using gateway = await serve(folder, stub.port)
  // The pace of 9,000 a minute would be met within seconds.
  await ask(gateway, "PUT", `/v1/corps/${APP.corpId}`, { settings: NO_PACE })
  const token = await tokenOf(gateway)
  const direct = new Pool(`http://127.0.0.1:${stub.port}`, { connections: 50 })
  const through = new Pool(gateway.url, { connections: 50 })
  const contestants = [
    { name: "raw", once: read(direct, "raw") },
    { name: "gateway", once: read(through, token) },
  ]
  const result = await inRounds(contestants)
  report.add({
    what: "a read passed on by the gateway / a raw undici Pool",
    measured: result.ratio("gateway", "raw"),
    atLeast: 0.6,
    note: `${Math.round(result.rate("gateway"))} a second, raw ${Math.round(result.rate("raw"))}; the corp's pace is off`,
  })

  const before = await residentBytes(gateway.pid)
  const highest = await highestDuring(gateway.pid, () => sendLong(through, token))
  report.add({
    what: "a body of 60 MB passed on, more resident memory",
    measured: Math.round((highest - before) / 1e6),
    atMost: 20,
    unit: "MB",
  })
  await Promise.all([direct.close(), through.close()])
}

const read = (pool: Pool, access_token: string) => async (): Promise<void> => {
  const path = `/cgi-bin/user/get?userid=zhangsan&access_token=${access_token}`
  const { body } = await pool.request({ method: "GET", path })
  const { errcode } = (await body.json()) as { errcode: number }
  if (errcode !== 0) throw new Error(`a read was answered ${errcode}`)
}

const NO_PACE = { lookups_per_minute: null, lookups_per_hour: null }
const UPLOAD = "bench/upload"

async function tokenOf(gateway: ServedGateway): Promise<string> {
  const wish = { name: "bench", scopes: ["contacts"], apps: "all", forward: [UPLOAD] }
  const { key } = (await ask(gateway, "POST", "/v1/keys", wish)) as { key: string }
  const answer = await fetch(`${gateway.url}/cgi-bin/gettoken?corpid=${APP.corpId}&corpsecret=${key}`)
  const { access_token } = (await answer.json()) as { access_token: string }
  return access_token
}

async function ask(gateway: ServedGateway, method: string, path: string, body: object): Promise<unknown> {
  const headers = { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" }
  const answer = await fetch(gateway.url + path, { method, headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(await answer.text())
  return answer.json()
}

async function sendLong(pool: Pool, token: string): Promise<void> {
  const piece = Buffer.alloc(60_000)
  const pieces = Array.from({ length: BODY_BYTES / piece.length }, () => piece)
  const { body } = await pool.request({
    method: "POST",
    path: `/cgi-bin/${UPLOAD}?access_token=${token}`,
    headers: { "content-length": String(BODY_BYTES), "content-type": "application/octet-stream" },
    body: Readable.from(pieces, { objectMode: false }),
  })
  await body.dump()
}
