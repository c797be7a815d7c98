import assert from "node:assert/strict"
import { test } from "node:test"
import { HR, ROOT, simClient, type Answer, type SimClient } from "../testing/sim-client.ts"

async function read(sim: SimClient, path: string, query: Record<string, string> = {}, app = HR): Promise<Answer> {
  return sim.get(path, { access_token: await sim.token(app), ...query })
}

const ids = (list: unknown, name: string): unknown[] => (list as Record<string, unknown>[]).map((one) => one[name])

test("10: department/simplelist shows the visible departments only", async () => {
  await using sim = await simClient()
  assert.deepEqual(ids((await read(sim, "department/simplelist"))["department_id"], "id"), [3])
  assert.equal((await read(sim, "department/simplelist", { id: "99" })).errcode, 60003)
  assert.equal((await read(sim, "department/simplelist", { id: "4" })).errcode, 60011)
})

test("10: department/simplelist of one department shows what is below it too", async () => {
  await using sim = await simClient()
  const answer = await sim.get("department/simplelist", { access_token: await sim.token(ROOT), id: "1" })
  assert.deepEqual(ids(answer["department_id"], "id"), [1, 2, 3, 4])
})

test("10: user/simplelist shows the direct members of a visible department", async () => {
  await using sim = await simClient()
  const answer = await read(sim, "user/simplelist", { department_id: "3" })
  assert.deepEqual(ids(answer["userlist"], "userid"), ["WangWu", "007"])
  assert.equal((await read(sim, "user/simplelist", { department_id: "2" })).errcode, 60011)
  assert.equal((await read(sim, "user/simplelist", { department_id: "99" })).errcode, 60003)
  assert.equal((await read(sim, "user/simplelist")).errcode, 41019)
})

test("10: user/get shows a visible member without mobile or email", async () => {
  await using sim = await simClient()
  const answer = await read(sim, "user/get", { userid: "LISI" })
  assert.equal(answer["name"], "李四")
  assert.equal("mobile" in answer || "email" in answer, false)
  assert.equal((await read(sim, "user/get", { userid: "zhangsan" })).errcode, 60111)
  assert.equal((await read(sim, "user/get", { userid: "ghost" })).errcode, 60111)
  assert.equal((await read(sim, "user/get")).errcode, 41009)
})

test("10: tag/list and tag/get show tags whose members can all be seen", async () => {
  await using sim = await simClient()
  assert.deepEqual((await read(sim, "tag/list"))["taglist"], [])
  assert.equal((await read(sim, "tag/get", { tagid: "1" })).errcode, 60011)
  assert.equal((await read(sim, "tag/get", { tagid: "99" })).errcode, 40068)
  assert.equal((await read(sim, "tag/get")).errcode, 41017)
  const tag = await sim.get("tag/get", { access_token: await sim.token(ROOT), tagid: "1" })
  assert.deepEqual(ids(tag["userlist"], "userid"), ["zhangsan", "WangWu"])
})
