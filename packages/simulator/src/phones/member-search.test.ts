import assert from "node:assert/strict"
import { test } from "node:test"
import { Ledger } from "../ledger.ts"
import { Org } from "../org/org.ts"
import { seedOrg } from "../org/seed.ts"
import { latestMessages, searchMembers, type LatestMessages } from "./member-search.ts"

const org = new Org(seedOrg(25))
const NOTHING: LatestMessages = new Map()

function find(query: string, latest = NOTHING): string[] {
  return searchMembers(org, latest, { query, offset: 0, limit: 100 }).members.map(({ userid }) => userid)
}

function show(ledger: Ledger, shownTo: readonly string[]): void {
  const rest = { agentid: 1000002, atMs: 0, msgtype: "text", altered: undefined, taskId: undefined }
  ledger.show({ ...rest, msgid: `${ledger.turn}`, raw: Buffer.alloc(0), shownTo })
}

test("members are found by part of name, userid, mobile or department, in any case", () => {
  assert.deepEqual(find("张"), ["zhangsan"])
  assert.deepEqual(find("wangwu"), ["WangWu"])
  assert.deepEqual(find("00000007"), ["007", "m000007"])
  assert.deepEqual(find(" 人事 "), ["WangWu", "007"])
  assert.deepEqual(find("nobody"), [])
})

test("a department is found with all that is below it", () => {
  const all = find("")
  assert.deepEqual(find("示例公司"), all)
})

test("a mobile is found however it is written", () => {
  for (const written of ["138 0000 0001", "138-0000-0001", "+86 13800000001"]) {
    assert.deepEqual(find(written), ["zhangsan"])
  }
  assert.deepEqual(find("-"), [])
  assert.deepEqual(find("+86"), [])
})

test("without a query and before any message everybody is there, in the order of the organisation", () => {
  assert.equal(find("").length, 31)
  assert.deepEqual(find("").slice(0, 3), ["zhangsan", "lisi", "WangWu"])
})

test("the member with the newest message comes first, and those without one keep the organisation's order", () => {
  const ledger = new Ledger({ keep: null, keep_bytes: null })
  show(ledger, ["WangWu", "lisi"])
  show(ledger, ["007"])
  show(ledger, ["WangWu"])
  assert.deepEqual(find("", latestMessages(ledger)).slice(0, 5), ["WangWu", "007", "lisi", "zhangsan", "unlicensed"])
  assert.deepEqual(find("人事", latestMessages(ledger)), ["WangWu", "007"])
})

test("stretches put together are the whole, each member once, across where the messages end", () => {
  const ledger = new Ledger({ keep: null, keep_bytes: null })
  show(ledger, ["m000020", "m000003", "lisi"])
  const latest = latestMessages(ledger)
  const userids: string[] = []
  for (let offset = 0; offset < 28; offset += 7) {
    const { members, total } = searchMembers(org, latest, { query: "研发", offset, limit: 7 })
    assert.equal(total, 28)
    userids.push(...members.map(({ userid }) => userid))
  }
  assert.deepEqual(userids, find("研发", latest))
  assert.equal(new Set(userids).size, 28)
  assert.deepEqual(searchMembers(org, latest, { query: "研发", offset: 28, limit: 7 }).members, [])
})

test("a list that many messages share is walked once, and its newest message counts", () => {
  const ledger = new Ledger({ keep: null, keep_bytes: null })
  const everybody = ["zhangsan", "lisi"]
  show(ledger, everybody)
  show(ledger, everybody)
  assert.equal(latestMessages(ledger).get("lisi")?.turn, 2)
})
