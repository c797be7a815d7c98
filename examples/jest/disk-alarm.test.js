// A test of your own program by Jest, whose modules are ES modules: `npm test` of this folder has the flag that Jest needs for
// them. Files run at once, and each test has a simulator of its own.
import { WeCom } from "@wecom-push/sdk"
import { startSimulator } from "@wecom-push/simulator"
import { watchDisk } from "./disk-alarm.js"

const ON_DUTY = "13800000001"

/** @type {import("@wecom-push/simulator").Simulator} */
let sim
/** @type {WeCom} */
let wecom

beforeEach(async () => {
  sim = await startSimulator()
  wecom = new WeCom({ baseUrl: sim.url, corpId: sim.org.corp_id, secret: "sim-secret-alerts", agentId: 1000002 })
})

afterEach(async () => {
  await wecom.close()
  await sim.close()
})

test("the person on duty reads how full the disk is", async () => {
  expect(await watchDisk(wecom, ON_DUTY, 91)).toBe(true)
  const message = await sim.waitForMessage({ mobile: ON_DUTY })
  expect(message.body.text?.content).toBe("磁盘已用 91%")
})

test("of a disk with room nothing is said", async () => {
  expect(await watchDisk(wecom, ON_DUTY, 90)).toBe(true)
  expect(sim.messages()).toEqual([])
})

test("the program reports a person whom the app does not see as not warned", async () => {
  expect(await watchDisk(wecom, "13800000009", 91)).toBe(false)
})

test("a token that ended two hours later, and a WeCom that is busy once, cost no message", async () => {
  await watchDisk(wecom, ON_DUTY, 91)
  sim.advance(7201)
  sim.fault({ path: "message/send", kind: "errcode", errcode: -1 })
  expect(await watchDisk(wecom, ON_DUTY, 92)).toBe(true)
  expect(sim.messages({ mobile: ON_DUTY })).toHaveLength(2)
})
