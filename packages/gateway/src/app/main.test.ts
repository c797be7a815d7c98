import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { startSimulator } from "@wecom-push/simulator"
import { RawConnection } from "../doors/http/testing/raw-connection.ts"
import { ADMIN_KEY, aMessage, request } from "../doors/http/testing/start-gateway.ts"
import { startGateway } from "./main.ts"
import type { GatewayOptions } from "./main.ts"
import { StartRefusal } from "../model/start-refusal.ts"
import { TemporaryFolder } from "../store/testing/open-store.ts"

function optionsFor(folder: TemporaryFolder, baseUrl: string): GatewayOptions {
  return {
    environment: { WECOM_PUSH_ADMIN_KEY: ADMIN_KEY },
    port: 0,
    databaseFile: folder.file(),
    baseUrl,
    apps: [{ name: "alerts", corpId: "ww0000000000000001", agentId: 1_000_002, secret: "sim-secret-alerts" }],
    logTo: { write: () => undefined },
  }
}

test("what is accepted reaches WeCom without anybody wiring a dispatcher", async () => {
  await using simulator = await startSimulator({ port: 0 })
  using folder = new TemporaryFolder()
  await using gateway = await startGateway(optionsFor(folder, `${simulator.url}/cgi-bin/`))
  const accepted = await request(`${gateway.url}/v1/messages`, { body: aMessage() })
  assert.equal(accepted.status, 202)
  let state = ""
  while (state !== "sent") {
    const message = await request(`${gateway.url}/v1/messages/${accepted.json.id}`)
    state = message.json.state
    assert.ok(["queued", "sending", "sent"].includes(state), message.text)
  }
  const { messages } = (await (await fetch(`${simulator.url}/_sim/messages`)).json()) as {
    messages: { userid: string }[]
  }
  assert.deepEqual(
    messages.map(({ userid }) => userid),
    ["zhangsan"],
  )
})

// proves 12.R11: a stop during a slow upload
test("12.R11: once it is stopped nothing begins to go out, however slow an upload is, and what is under way lands", async () => {
  await using simulator = await startSimulator({ port: 0, members: 500 })
  using folder = new TemporaryFolder()
  await using gateway = await startGateway(optionsFor(folder, simulator.url))
  const sends = async () => {
    const { calls } = (await (await fetch(`${simulator.url}/_sim/calls`)).json()) as { calls: { path: string }[] }
    return calls.filter(({ path }) => path.endsWith("/message/send")).length
  }
  const slow = { path: "message/send", kind: "slow", delay_ms: 100, times: 500 }
  await fetch(`${simulator.url}/_sim/faults`, { method: "POST", body: JSON.stringify(slow) })
  using upload = new RawConnection(gateway.port)
  upload.write(
    `POST /v1/media HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n--b\r\n`,
  )
  const messages = Array.from({ length: 500 }, (_, index) =>
    aMessage({ to: { users: [`m${String(index + 1).padStart(6, "0")}`] } }),
  )
  const { status } = await request(`${gateway.url}/v1/messages/batch`, { body: messages })
  assert.equal(status, 200)
  while ((await sends()) < 100) await sleep(5)
  const stopped = gateway.stop(2000)
  const before = await sends()
  await stopped
  // The sends that were on their way to WeCom at the stop; at most fifty are under way at once.
  assert.ok((await sends()) - before <= 50, `${(await sends()) - before} began after the stop`)

  await using after = await startGateway(optionsFor(folder, simulator.url))
  const ofStates = async (state: string) =>
    (await request(`${after.url}/v1/messages?state=${state}&limit=1000`)).json.items.length
  while ((await ofStates("sent")) < 500) await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal(await sends(), 500, "nothing had to be repeated")
})

// proves 3.1: `serve`
test("a second gateway on the file is refused and names the process that holds it", async () => {
  await using simulator = await startSimulator({ port: 0 })
  using folder = new TemporaryFolder()
  await using gateway = await startGateway(optionsFor(folder, simulator.url))
  assert.ok(gateway.port > 0)
  await assert.rejects(
    startGateway(optionsFor(folder, simulator.url)),
    (error: unknown) =>
      error instanceof StartRefusal && error.code === "locked" && error.message.includes(String(process.pid)),
  )
})

test("a start that fails on a taken port leaves the database to the next one, which makes the admin key and shows it", async () => {
  await using simulator = await startSimulator({ port: 0 })
  using folder = new TemporaryFolder()
  const options = { ...optionsFor(folder, simulator.url), environment: {} }
  const { port } = new URL(simulator.url)
  await assert.rejects(startGateway({ ...options, port: Number(port) }), { code: "EADDRINUSE" })
  await using gateway = await startGateway(options)
  const headers = { authorization: `Bearer ${gateway.adminKey}` }
  assert.equal((await fetch(`${gateway.url}/v1/keys`, { headers })).status, 200)
})

// proves 28.D10: every address, however written
test("D10: an empty host is refused: Node would take it for every address", async () => {
  using folder = new TemporaryFolder()
  for (const host of ["", " "]) {
    await assert.rejects(startGateway({ ...optionsFor(folder, "http://127.0.0.1:9"), host }), {
      name: "ConfigError",
      message: /^host is empty; name the address/,
    })
  }
})
