import assert from "node:assert/strict"
import { test } from "node:test"
import { text } from "../builders.ts"
import { simulatedWeCom } from "../testing/simulated-wecom.ts"

const ODD = ["张三", "a b", "", "x".repeat(65), " zhangsan", "a,b", "@all\u200B"]

// proves 11.B21: userids that cannot be one
test("a userid that cannot be one fails alone as invalid, and the others get the message in one call", async () => {
  await using sim = await simulatedWeCom()
  for (const many of [false, true]) {
    const to = { users: ["zhangsan", ...ODD, "lisi"], mobiles: ["13800000003"] }
    const { ok, recipients, error } = await (many
      ? sim.wecom.sendToMany(to, text("你好"))
      : sim.wecom.send(to, text("你好")))
    assert.deepEqual([ok, error], [false, undefined])
    assert.deepEqual(
      recipients.map(({ address, state, userid, reason }) => [address, state, userid, reason]),
      [
        ["zhangsan", "sent", "zhangsan", undefined],
        ...ODD.map((address) => [address, "invalid", undefined, "malformed_userid"]),
        ["lisi", "sent", "lisi", undefined],
        ["13800000003", "sent", "WangWu", undefined],
      ],
    )
  }
  assert.deepEqual(
    (await sim.calls()).map(({ body }) => body["touser"]),
    ["zhangsan|lisi|WangWu", "zhangsan|lisi|WangWu"],
  )
})

test("where no other recipient is named nothing is sent, and no token is asked for", async () => {
  await using sim = await simulatedWeCom()
  const { ok, recipients, calls } = await sim.wecom.send({ users: ["张三"] }, text("你好"))
  assert.deepEqual([ok, recipients[0]?.state, calls], [false, "invalid", []])
  assert.equal((await sim.calls("gettoken")).length, 0)
})

test("a dry run tells of it, and plans for the others", async () => {
  await using sim = await simulatedWeCom()
  const plan = await sim.wecom.send({ users: ["张三", "lisi"] }, text("你好"), { dryRun: true })
  assert.deepEqual(
    plan.recipients.map(({ state }) => state),
    ["invalid", "planned"],
  )
  assert.equal(JSON.parse(plan.calls[0]?.body ?? "{}").touser, "lisi")
})
