import assert from "node:assert/strict"
import { test } from "node:test"
import { startDispatch } from "./testing/start-dispatch.ts"

test("an accepted message reaches the phone, and its recipients are told apart", async () => {
  await using gateway = await startDispatch()
  const id = await gateway.post({ mobiles: ["13800000001", "13800000099"], users: ["lisi"], text: "磁盘 91%" })
  assert.deepEqual(await gateway.outcome(id), ["sent", "sent", "not_found"])
  assert.deepEqual(await gateway.phone("zhangsan"), ["磁盘 91%"])
  assert.deepEqual(await gateway.phone("lisi"), ["磁盘 91%"])
  assert.equal((await gateway.calls()).length, 1)
  const [lisi, zhangsan, nobody] = await gateway.recipients(id)
  assert.equal(lisi?.userid, "lisi")
  assert.equal(zhangsan?.userid, "zhangsan")
  assert.equal(typeof zhangsan?.msgid, "string")
  assert.deepEqual([nobody?.reason, nobody?.errcode], ["no_visible_member", 46004])
})
