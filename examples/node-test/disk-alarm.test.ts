// A test of your own program by node:test: `node --test`. Each test has a simulator of its own, so they can run at once.
import assert from "node:assert/strict"
import { test } from "node:test"
import { WeCom } from "@wecom-push/sdk"
import { startSimulator, type Simulator } from "@wecom-push/simulator"
import { watchDisk } from "./disk-alarm.ts"

const ON_DUTY = "13800000001"

function clientOf(sim: Simulator): WeCom {
  return new WeCom({
    baseUrl: sim.url,
    corpId: sim.org.corp_id,
    secret: "sim-secret-alerts",
    agentId: 1000002,
  })
}

test("the person on duty reads how full the disk is", async () => {
  await using sim = await startSimulator()
  await using wecom = clientOf(sim)
  assert.equal(await watchDisk(wecom, ON_DUTY, 91), true)
  const message = await sim.waitForMessage({ mobile: ON_DUTY })
  assert.equal(message.body.text?.content, "磁盘已用 91%")
})

test("of a disk with room nothing is said", async () => {
  await using sim = await startSimulator()
  await using wecom = clientOf(sim)
  assert.equal(await watchDisk(wecom, ON_DUTY, 90), true)
  assert.deepEqual(sim.messages(), [])
})

test("the program reports a person whom the app does not see as not warned", async () => {
  await using sim = await startSimulator()
  await using wecom = clientOf(sim)
  assert.equal(await watchDisk(wecom, "13800000009", 91), false)
})

// proves 30.examples: a test of a program of one's own
test("a token that ended two hours later, and a WeCom that is busy once, cost no message", async () => {
  await using sim = await startSimulator()
  await using wecom = clientOf(sim)
  await watchDisk(wecom, ON_DUTY, 91)
  sim.advance(7201)
  sim.fault({ path: "message/send", kind: "errcode", errcode: -1 })
  assert.equal(await watchDisk(wecom, ON_DUTY, 92), true)
  assert.equal(sim.messages({ mobile: ON_DUTY }).length, 2)
})
