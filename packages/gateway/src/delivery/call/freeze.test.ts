import assert from "node:assert/strict"
import { hash } from "node:crypto"
import { test } from "node:test"
import { PARTY, HOUR_MS } from "../../store/testing/build.ts"
import { freezeCall } from "./freeze.ts"
import { OneMessage } from "../testing/one-message.ts"
import { aTarget } from "../../model/testing/a-target.ts"

const BODY = { touser: "a|b", msgtype: "text", text: { content: "磁盘 91%" }, agentid: Number(PARTY.partyId) }

test("the bytes name everybody once, and are guarded against an equal body of the last four hours", async () => {
  const one = new OneMessage({ to: ["1", "2"] })
  const call = await freezeCall(0, { run: one.run, number: 1, targets: [aTarget("a", 0), aTarget("b", 1)] }, [])
  const { guard, body, party, ...others } = call
  assert.deepEqual(others, { kind: "app_message", part: 0, positions: [0, 1], checkSeconds: 14_400 })
  assert.deepEqual(JSON.parse(body), { ...BODY, enable_duplicate_check: 1, duplicate_check_interval: 14_400 })
  assert.deepEqual([party.corpId, party.partyId], [PARTY.corpId, PARTY.partyId])
  assert.ok(guard?.bodyWithoutCheck !== undefined)
  assert.deepEqual(JSON.parse(guard.bodyWithoutCheck), BODY)
  assert.equal(guard.hash, hash("sha256", guard.bodyWithoutCheck, "base64url"))
  assert.equal(guard.windowMs, 4 * HOUR_MS + 300_000)
  assert.deepEqual(one.outbox.updates, [])
})

test("after the clock was set forward the guard looks back as much further", async () => {
  const one = new OneMessage()
  one.machine.jump(HOUR_MS)
  one.clock.now()
  const { guard } = await freezeCall(0, { run: one.run, number: 1, targets: [aTarget("a", 0)] }, [])
  assert.equal(guard?.windowMs, 5 * HOUR_MS + 300_000)
})

test("a part is taken as it was accepted, unless another text of it is given", async () => {
  const parts = ["一", "二"].map((content) => JSON.stringify({ msgtype: "text", text: { content } }))
  const one = new OneMessage({ parts })
  const share = { run: one.run, number: 1, targets: [aTarget("a", 0)] }
  const contentOf = async (part: number, text?: string): Promise<unknown> => {
    const call = await freezeCall(part, share, [], text)
    assert.equal(call.part, part)
    return (JSON.parse(call.body) as { text?: { content: string } }).text?.content
  }
  assert.equal(await contentOf(1), "二")
  assert.equal(await contentOf(1, JSON.stringify({ msgtype: "text", text: { content: "三" } })), "三")
})

test("where two recipients are one member both are written down, for the body cannot tell", async () => {
  const one = new OneMessage({ to: ["1", "2", "3", "4"] })
  const department = { ...aTarget("7", 3), kind: "department", positions: [3, 4] } as const
  const targets = [aTarget("a", 0), aTarget("b", 1, 2), department]
  const call = await freezeCall(0, { run: one.run, number: 1, targets }, [])
  assert.deepEqual(call.positions, [0, 1, 2, 3, 4])
  const update = { chunk: 0, slots: [1, 2], userids: ["b", "b"], from: ["pending"], state: "pending" }
  assert.deepEqual(
    one.outbox.updates.map(({ updates }) => updates),
    [[update]],
  )
})

test("a department that is named twice needs nothing written down", async () => {
  const one = new OneMessage({ to: ["1", "2"] })
  const department = { ...aTarget("7", 0), kind: "department", positions: [0, 1] } as const
  await freezeCall(0, { run: one.run, number: 1, targets: [department] }, [])
  assert.deepEqual(one.outbox.updates, [])
})

test("a shared call names the people of the others behind those of the first, and tells each what is theirs", async () => {
  const one = new OneMessage({ to: ["1", "2"] })
  const other = new OneMessage({ id: "msg_2", to: ["3", "4", "5"] })
  const first = { run: one.run, number: 1, targets: [aTarget("a", 0)] }
  const shared = { run: other.run, number: 4, targets: [aTarget("c", 0), aTarget("d", 1, 2)] }
  const call = await freezeCall(0, first, [shared])
  assert.equal((JSON.parse(call.body) as { touser: string }).touser, "a|c|d")
  assert.deepEqual(call.positions, [0])
  assert.deepEqual(call.shares, [
    { messageId: "msg_2", claim: 7, number: 4, positions: [0, 1, 2], body: '{"touser":"c|d"}' },
  ])
  assert.deepEqual(one.outbox.updates, [])
  assert.deepEqual(other.outbox.updates[0]?.updates[0]?.userids, ["d", "d"])
})
