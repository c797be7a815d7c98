import { Readable } from "node:stream"
import { Pool } from "undici"
import { needsProc, processorSeconds, residentBytes, startServer } from "./lib/child.ts"
import { ADMIN_KEY, APP } from "./lib/gateway/plan.ts"
import { serve } from "./lib/gateway/serve.ts"
import type { ServedGateway } from "./lib/gateway/serve.ts"
import { Folder } from "./lib/gateway/start.ts"
import { highestDuring } from "./lib/highest-during.ts"
import { RawClient } from "./lib/raw-client.ts"
import type { Report } from "./lib/report.ts"
import { measure, takeTurns, times } from "./lib/rounds.ts"

const BODY_BYTES = 60_000_000
const IN_FLIGHT = 50
const ROUND_MS = 2000
const WARM_UP = 20_000

/**
 * Compares a read that the gateway forwards with a raw pool that asks the stub directly, and with a minimal proxy. Also
 * measures how much memory of the gateway a long body takes.
 */
export async function gatewayForward(report: Report): Promise<void> {
  needsProc()
  await using folder = await Folder.make()
  await using stub = await startServer("lib/stub.ts")
  await using gateway = await serve(folder, stub.port)
  // Without this, the pace of 9,000 a minute would be reached within seconds.
  await ask(gateway, "PUT", `/v1/corps/${APP.corpId}`, { settings: NO_PACE })
  const token = await tokenOf(gateway)
  const direct = new Pool(`http://127.0.0.1:${stub.port}`, { connections: IN_FLIGHT })
  using through = await RawClient.connect(gateway.port, IN_FLIGHT)
  await using proxy = await startServer("lib/bare-proxy.ts", [String(stub.port)])
  using throughProxy = await RawClient.connect(proxy.port, IN_FLIGHT)
  let spent = 0
  let made = 0
  const raw = { name: "raw", round: () => round(read(direct)) }
  const passed = {
    name: "gateway",
    round: async () => {
      const before = await processorSeconds(gateway.pid)
      const rate = await round(readThrough(through, token))
      spent += (await processorSeconds(gateway.pid)) - before
      made += rate * (ROUND_MS / 1000)
      return rate
    },
  }
  const bare = { name: "bare", round: () => round(readThrough(throughProxy, "raw")) }
  const all = [read(direct), readThrough(through, token), readThrough(throughProxy, "raw")]
  for (const once of all) await times(once, WARM_UP, IN_FLIGHT)
  const result = await takeTurns([raw, passed, bare], { warmUps: 0 })
  await direct.close()
  report.add({
    what: "a read passed on by the gateway / a raw undici Pool",
    measured: result.ratio("gateway", "raw"),
    atLeast: 0.6,
    note: `${Math.round(result.rate("gateway"))} a second, raw ${Math.round(result.rate("raw"))}; processor ${Math.round((1e6 * spent) / made)} µs each; Node's server and a pool that do nothing else ${result.ratio("bare", "raw").toFixed(2)} × raw; the corp's pace is off`,
  })

  const before = await residentBytes(gateway.pid)
  const pool = new Pool(gateway.url)
  const highest = await highestDuring(gateway.pid, () => sendLong(pool, token))
  await pool.close()
  report.add({
    what: "a body of 60 MB passed on, more resident memory",
    measured: Math.round((highest - before) / 1e6),
    atMost: 20,
    unit: "MB",
  })
}

async function round(once: () => Promise<void>): Promise<number> {
  const { done, seconds } = await measure(once, ROUND_MS, IN_FLIGHT)
  return done / seconds
}

const READ = "/cgi-bin/user/get?userid=zhangsan&access_token="

const read = (pool: Pool) => async (): Promise<void> => {
  const { body } = await pool.request({ method: "GET", path: `${READ}raw` })
  const { errcode } = (await body.json()) as { errcode: number }
  if (errcode !== 0) throw new Error(`a read was answered ${errcode}`)
}

/** Uses a minimal client: a pool here would take as much processor time as the one that it is compared with. */
const readThrough = (client: RawClient, token: string) => async (): Promise<void> => {
  const answer = await client.get(READ + token)
  if (!answer.includes('"errcode":0')) throw new Error(`a read was answered ${answer}`)
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
