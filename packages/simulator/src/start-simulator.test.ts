import assert from "node:assert/strict"
import { networkInterfaces } from "node:os"
import { test } from "node:test"
import { takesLinearTime } from "../../../tools/testing/linear-time.ts"
import { InvalidSimulatorOptions } from "./invalid-options.ts"
import { startSimulator, type SimulatorOptions } from "./start-simulator.ts"
import { simClient } from "./testing/sim-client.ts"

test("a simulator tells where it is and what organisation it has, and is gone when disposed of", async () => {
  let url = ""
  {
    await using sim = await startSimulator({ port: 0 })
    url = sim.url
    assert.equal(url, `http://127.0.0.1:${sim.port}`)
    assert.equal(sim.org.corp_id, "ww0000000000000001")
    assert.equal((await fetch(`${url}/_sim/stats`)).status, 200)
  }
  await assert.rejects(fetch(`${url}/_sim/stats`))
})

test("closing does not wait: a hanging call is cut", { timeout: 60_000 }, async () => {
  await using sim = await simClient()
  await sim.control("POST", "faults", { path: "agent/get", kind: "hang_before" })
  const hanging = sim.get("agent/get").catch(() => "cut")
  while (!(await sim.calls()).some(({ fault }) => fault === "hang_before"));
  await sim.sim.close()
  assert.equal(await hanging, "cut")
})

test("members adds m000001, mobile 13900000001 and so on, and raises the member cap to fit", async () => {
  await using sim = await simClient({ members: 1500 })
  assert.equal(sim.sim.org.member_cap, 1506)
  const query = { access_token: await sim.token() }
  assert.equal((await sim.post("user/getuserid", query, { mobile: "13900001500" }))["userid"], "m001500")
})

test("100,000 members are ready in a time that grows with their number, and found", async () => {
  await takesLinearTime(100_000, async (members) => {
    await using sim = await simClient({ members })
    const mobile = `139${String(members).padStart(8, "0")}`
    const found = await sim.post("user/getuserid", { access_token: await sim.token() }, { mobile })
    assert.equal(found["userid"], `m${String(members).padStart(6, "0")}`)
  })
})

test("an organisation of 100,000 members can be read and written back", async () => {
  await using sim = await simClient({ members: 100_000 })
  await sim.org((org) => void org.members.pop())
  assert.equal(sim.sim.org.members.length, 100_005)
})

test("a bad organisation and bad settings are refused together, every field named", async () => {
  const options = JSON.parse('{ "org": { "corp_id": "" }, "settings": { "keep": "all" } }') as SimulatorOptions
  await assert.rejects(startSimulator(options), (error) => {
    assert.ok(error instanceof InvalidSimulatorOptions)
    assert.deepEqual(
      error.badFields.map(({ path }) => path),
      ["corp_id", "keep"],
    )
    return true
  })
})

test("a number of members that makes no sense is refused, as is one beside an organisation of one's own", async () => {
  for (const options of [{ members: -1 }, { members: 1.5 }, { members: 3, org: {} }]) {
    await assert.rejects(startSimulator({ port: 0, ...options }), { message: /^members / })
  }
})

test("an organisation of one's own is the one that reset comes back to", async () => {
  const org = { departments: [{ id: 1 }], members: [{ userid: "only" }], tags: [], apps: [{ agentid: 7, secret: "s" }] }
  await using sim = await simClient({ org })
  await sim.org((one) => void (one.members = []))
  await sim.control("POST", "reset")
  assert.deepEqual(
    sim.sim.org.members.map(({ userid }) => userid),
    ["only"],
  )
})

test("a port that is taken is an error", async () => {
  await using sim = await startSimulator({ port: 0 })
  await assert.rejects(startSimulator({ port: sim.port }), { code: "EADDRINUSE" })
})

const outside = Object.values(networkInterfaces())
  .flat()
  .find((one) => one !== undefined && !one.internal && one.family === "IPv4")?.address

test(
  "with an address of its own everything is open there",
  { skip: outside === undefined && "this machine has no address but loopback" },
  async () => {
    await using sim = await startSimulator({ port: 0, host: outside ?? "" })
    assert.equal(sim.url, `http://${outside}:${sim.port}`)
    assert.equal((await fetch(`${sim.url}/_sim/stats`)).status, 200)
  },
)

test("on every address a machine reaches its own control paths", async () => {
  await using sim = await startSimulator({ port: 0, host: "0.0.0.0" })
  assert.equal(sim.url, `http://127.0.0.1:${sim.port}`)
  assert.equal((await fetch(`${sim.url}/_sim/stats`)).status, 200)
})
