import assert from "node:assert/strict"
import { test } from "node:test"
import { ALERTS, HR, ROOT, simClient, type Answer, type SimClient } from "../testing/sim-client.ts"

const lists = ({ invaliduser, invalidparty, invalidtag, unlicenseduser }: Answer): Record<string, unknown> => ({
  invaliduser,
  invalidparty,
  invalidtag,
  unlicenseduser,
})
const NO_LISTS = lists({ errcode: 0, errmsg: "" })

async function reached(sim: SimClient): Promise<string[]> {
  return (await sim.copies()).map(({ userid }) => userid)
}

test("4.1, 4.2: userids are joined by a bar; their case, blanks and repetitions do not matter", async () => {
  await using sim = await simClient()
  assert.deepEqual(lists(await sim.send({ touser: " ZHANGSAN | wangwu|zhangsan||007 " })), NO_LISTS)
  assert.deepEqual(await reached(sim), ["zhangsan", "WangWu", "007"])
})

test("4.1, 4.2: who is unknown or outside the visible range is named in lower case, and the others get the message", async () => {
  await using sim = await simClient()
  const answer = await sim.send({ touser: "zhangsan|Ghost|Outsider" })
  assert.equal(answer.errcode, 0)
  assert.deepEqual(lists(answer), { ...NO_LISTS, invaliduser: "ghost|outsider" })
  assert.deepEqual(await reached(sim), ["zhangsan"])
})

test("4.1, 4.2: a named member without a licence is unlicensed, not invalid", async () => {
  await using sim = await simClient()
  assert.deepEqual(lists(await sim.send({ touser: "zhangsan|Unlicensed" })), {
    ...NO_LISTS,
    unlicenseduser: "unlicensed",
  })
})

test("4.1, 4.2: a department reaches its members with a licence, and says nothing of the others", async () => {
  await using sim = await simClient()
  assert.deepEqual(lists(await sim.send({ touser: "", toparty: " 2 " })), NO_LISTS)
  assert.deepEqual(await reached(sim), ["zhangsan", "lisi"])
})

test("4.1, 4.2: a department brings its sub-departments, unless set otherwise", async () => {
  await using sim = await simClient()
  await sim.send({ touser: "", toparty: "1" }, ROOT)
  assert.deepEqual(await reached(sim), ["zhangsan", "lisi", "WangWu", "007", "outsider"])

  await sim.settings({ toparty_subdepartments: false })
  assert.equal((await sim.send({ touser: "", toparty: "1" }, ROOT)).errcode, 0)
  assert.equal((await reached(sim)).length, 5)
})

test("4.1, 4.2: departments and tags unknown or outside the visible range are named", async () => {
  await using sim = await simClient()
  const answer = await sim.send({ toparty: "2|4|99|abc", totag: "1|2|99" })
  assert.deepEqual(lists(answer), { ...NO_LISTS, invalidparty: "4|99|abc", invalidtag: "2|99" })
})

test("4.1, 4.2: a tag reaches its members and the members of its departments", async () => {
  await using sim = await simClient()
  await sim.org(({ tags: [tag] }) => Object.assign(tag ?? {}, { members: ["007"], departments: [2] }))
  await sim.send({ touser: "", totag: "1" })
  assert.deepEqual((await reached(sim)).sort(), ["007", "lisi", "zhangsan"])
})

test("4.1, 4.2: a tag of the visible range makes its members visible", async () => {
  await using sim = await simClient()
  await sim.org(({ apps: [app] }) => Object.assign(app ?? {}, { visible: { tags: [2] } }))
  assert.equal((await sim.send({ touser: "outsider" })).errcode, 0)
  assert.equal((await sim.send({ touser: "zhangsan" })).errcode, 81013)
})

test("4.1, 4.2: who is reached in several ways gets one copy", async () => {
  await using sim = await simClient()
  await sim.send({ touser: "zhangsan", toparty: "2", totag: "1" })
  assert.deepEqual((await reached(sim)).sort(), ["WangWu", "lisi", "zhangsan"])
})

test("4.1, 4.2: @all reaches everybody whom the app sees, and departments and tags beside it are not looked at", async () => {
  await using sim = await simClient()
  assert.deepEqual(lists(await sim.send({ touser: "@all", toparty: "99", totag: "99" }, HR)), NO_LISTS)
  assert.deepEqual((await reached(sim)).sort(), ["007", "WangWu", "lisi"])
})

test("4.1, 4.2: @all among other userids is an unknown userid", async () => {
  await using sim = await simClient()
  assert.deepEqual(lists(await sim.send({ touser: "zhangsan|@all" })), { ...NO_LISTS, invaliduser: "@all" })
  assert.deepEqual(await reached(sim), ["zhangsan"])
})

test("4.1, 4.2: no recipient left is 81013 with the lists in the form that is set", async () => {
  await using sim = await simClient()
  const bad = { touser: "ghost|unlicensed", toparty: "99", totag: "98" }
  const names = { invaliduser: "ghost", invalidparty: "99", invalidtag: "98", unlicenseduser: "unlicensed" }

  const asStrings = await sim.send(bad)
  assert.deepEqual([asStrings.errcode, lists(asStrings), asStrings["msgid"]], [81013, names, undefined])

  await sim.settings({ invalid_on_failure: "array" })
  assert.deepEqual((await sim.send(bad))["invaliduser"], ["ghost"])

  await sim.settings({ invalid_on_failure: "none" })
  assert.deepEqual(lists(await sim.send(bad)), NO_LISTS)
  assert.deepEqual(await reached(sim), [])
})

test("4.1, 4.2: no recipient left may also be errcode 0 with everybody in invaliduser", async () => {
  await using sim = await simClient({ settings: { nobody_left_errcode: 0 } })
  const answer = await sim.send({ touser: "ghost" })
  assert.deepEqual([answer.errcode, answer["invaliduser"], typeof answer["msgid"]], [0, "ghost", "string"])
  assert.deepEqual(await reached(sim), [])
})

test("4.1, 4.2: full success leaves the lists out, or empty if so set", async () => {
  await using sim = await simClient()
  assert.deepEqual(lists(await sim.send()), NO_LISTS)
  await sim.settings({ invalid_on_success: "empty" })
  assert.deepEqual(lists(await sim.send()), { invaliduser: "", invalidparty: "", invalidtag: "", unlicenseduser: "" })
})

test("4.1, 4.2: no recipient at all is 82001, or 81012 if so set", async () => {
  await using sim = await simClient()
  assert.equal((await sim.send({ touser: "", toparty: " | ", totag: null })).errcode, 82001)
  await sim.settings({ no_recipient_errcode: 81012 })
  assert.equal((await sim.send({ touser: "" })).errcode, 81012)
})

test("4.1: 1000 users, 100 departments and 100 tags fit into one call", async () => {
  await using sim = await simClient({ members: 1000 })
  const touser = Array.from({ length: 1000 }, (_, index) => `m${String(index + 1).padStart(6, "0")}`).join("|")
  const hundred = Array.from({ length: 100 }, (_, index) => String(index + 1)).join("|")
  assert.equal((await sim.send({ touser, toparty: hundred, totag: hundred })).errcode, 0)
  assert.ok((await sim.copies()).length >= 1000)
})

test("4.1, 4.2: a numeric userid is a userid", async () => {
  await using sim = await simClient()
  await sim.send({ touser: "007" }, ALERTS)
  assert.deepEqual(await reached(sim), ["007"])
})
