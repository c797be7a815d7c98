import assert from "node:assert/strict"
import { test } from "node:test"
import { startSimulator } from "@wecom-push/simulator"
import { ADMIN_KEY, aMessage, request } from "./http/testing/start-gateway.ts"
import { startGateway } from "./main.ts"
import type { GatewayOptions } from "./main.ts"
import { StartRefusal } from "./store/start-refusal.ts"
import { TemporaryFolder } from "./store/testing/open-store.ts"

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

test("a start that fails on a taken port leaves the database to the next one", async () => {
  await using simulator = await startSimulator({ port: 0 })
  using folder = new TemporaryFolder()
  const options = optionsFor(folder, simulator.url)
  const { port } = new URL(simulator.url)
  await assert.rejects(startGateway({ ...options, port: Number(port) }), { code: "EADDRINUSE" })
  await using gateway = await startGateway(options)
  assert.ok(gateway.port > 0)
})
