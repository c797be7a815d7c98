import assert from "node:assert/strict"
import { test } from "node:test"
import { ALERTS, HR, simClient, type OrgJson } from "../testing/sim-client.ts"

/** A call with every mistake at once: each row mends the ones before it, so that the next one comes to light. */
const steps: readonly { mistake: string; errcode: number; mended: Record<string, unknown> }[] = [
  { mistake: "no agentid", errcode: 41011, mended: { agentid: "abc" } },
  { mistake: "an agentid that is no integer", errcode: 40056, mended: { agentid: 1 } },
  { mistake: "the agentid of no app", errcode: 40056, mended: { agentid: HR.agentid } },
  { mistake: "another app's agentid", errcode: 301002, mended: { agentid: ALERTS.agentid } },
  { mistake: "no msgtype", errcode: 40008, mended: { msgtype: "markdown_v2" } },
  { mistake: "an unknown msgtype", errcode: 40008, mended: { msgtype: "text" } },
  { mistake: "no recipients", errcode: 82001, mended: { touser: users(1001) } },
  { mistake: "1001 users", errcode: 40032, mended: { touser: "ghost", toparty: numbers(101) } },
  { mistake: "101 departments", errcode: 82002, mended: { toparty: "", totag: numbers(101) } },
  { mistake: "101 tags", errcode: 82003, mended: { totag: "" } },
  { mistake: "no text", errcode: 44004, mended: { text: { content: "hello" } } },
  { mistake: "no recipient left", errcode: 81013, mended: { touser: "zhangsan" } },
  { mistake: "nothing", errcode: 0, mended: {} },
]

test("the first mistake in WeCom's order is the one that is answered", async () => {
  await using sim = await simClient()
  const access_token = await sim.token()
  let body: Record<string, unknown> = {}
  for (const { mistake, errcode, mended } of steps) {
    const answer = await sim.post("message/send", { access_token }, body)
    assert.equal(answer.errcode, errcode, mistake)
    body = { ...body, ...mended }
  }
  assert.deepEqual((await sim.copies()).length, 1)
})

test("verb, token, address, app: each hides what is wrong behind it", async () => {
  await using sim = await simClient()
  const access_token = await sim.token()
  const breakOrg = async (change: (org: OrgJson) => void): Promise<void> => sim.org(change)

  await breakOrg((org) => {
    org.trusted_ips = ["192.0.2.1"]
    Object.assign(org.apps[0] ?? {}, { enabled: false })
  })
  assert.equal((await sim.get("message/send")).errcode, 40058)
  assert.equal((await sim.post("message/send", {}, {})).errcode, 41001)
  assert.equal((await sim.post("message/send", { access_token: "made-up" }, {})).errcode, 40014)
  assert.equal((await sim.post("message/send", { access_token }, {})).errcode, 60020)

  await breakOrg((org) => void (org.trusted_ips = ["127.0.0.1"]))
  assert.equal((await sim.post("message/send", { access_token }, {})).errcode, 50003)

  await breakOrg((org) => Object.assign(org.apps[0] ?? {}, { enabled: true }))
  assert.equal((await sim.post("message/send", { access_token }, {})).errcode, 41011)
})

test("a refusal reaches no phone", async () => {
  await using sim = await simClient()
  await sim.send({ touser: "zhangsan", text: {} })
  assert.deepEqual(await sim.copies(), [])
})

function users(count: number): string {
  return Array.from({ length: count }, (_, index) => `u${index}`).join("|")
}

function numbers(count: number): string {
  return Array.from({ length: count }, (_, index) => String(index + 1)).join("|")
}
