import assert from "node:assert/strict"
import { test } from "node:test"
import { text } from "../builders.ts"
import { simulatedWeCom } from "../testing/simulated-wecom.ts"
import type { SimulatedWeCom } from "../testing/simulated-wecom.ts"

const ZHANGSAN = { mobiles: ["13800000001"] }

/** zhangsan's number is remembered; then zhangsan leaves, and another member may get the number. */
async function zhangsanLeaves({ wecom, org }: SimulatedWeCom, newOwner?: string): Promise<void> {
  await wecom.useridByMobile("13800000001")
  await org(({ members, tags }) => {
    members.splice(0, members.length, ...members.filter(({ userid }) => userid !== "zhangsan"))
    for (const tag of tags) tag.members = tag.members.filter((userid) => userid !== "zhangsan")
    for (const member of members) if (member.userid === newOwner) member.mobile = "13800000001"
  })
}

test("a remembered userid that WeCom refuses is looked up once more, and the number's new owner gets the message", async () => {
  await using sim = await simulatedWeCom()
  await zhangsanLeaves(sim, "lisi")
  const { ok, recipients, calls } = await sim.wecom.send({ ...ZHANGSAN, users: ["WangWu"] }, text("你好"))
  assert.equal(ok, true)
  assert.deepEqual(
    recipients.map(({ address, userid, state, msgid }) => ({ address, userid, state, msgid })),
    [
      { address: "13800000001", userid: "lisi", state: "sent", msgid: calls[1]?.msgid },
      { address: "WangWu", userid: "WangWu", state: "sent", msgid: calls[0]?.msgid },
    ],
  )
})

test("a new owner who has the message already gets no second copy", async () => {
  await using sim = await simulatedWeCom()
  await zhangsanLeaves(sim, "lisi")
  assert.equal((await sim.wecom.send({ ...ZHANGSAN, users: ["lisi"] }, text("你好"))).ok, true)
  assert.equal((await sim.shown("lisi")).length, 1)
})

test("a number that no member has any more is not found", async () => {
  await using sim = await simulatedWeCom()
  await zhangsanLeaves(sim)
  const { recipients } = await sim.wecom.send(ZHANGSAN, text("你好"))
  assert.deepEqual(recipients, [
    { type: "mobile", address: "13800000001", state: "not_found", errcode: 46004, reason: "no_visible_member" },
  ])
})

test("when the second look-up fails, WeCom's refusal stays the answer", async () => {
  await using sim = await simulatedWeCom()
  await zhangsanLeaves(sim, "lisi")
  await sim.fault({ path: "user/getuserid", kind: "errcode", errcode: 45009 })
  const { recipients, error } = await sim.wecom.send(ZHANGSAN, text("你好"))
  assert.deepEqual([recipients[0]?.state, recipients[0]?.reason], ["invalid", "outside_visible_range"])
  assert.equal(error, undefined)
})

test("a userid that WeCom has only just named is not asked for twice", async () => {
  await using sim = await simulatedWeCom()
  await sim.fault({ path: "message/send", kind: "errcode", errcode: 0, body: { invaliduser: "zhangsan" } })
  const { recipients } = await sim.wecom.send(ZHANGSAN, text("你好"))
  assert.equal(recipients[0]?.state, "invalid")
  assert.equal((await sim.calls("user/getuserid")).length, 1)
})
