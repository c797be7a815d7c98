import assert from "node:assert/strict"
import { test } from "node:test"
import { Org } from "../org/org.ts"
import { seedOrg } from "../org/seed.ts"
import { searchMembers } from "./member-search.ts"

const org = new Org(seedOrg(25))

const find = (query: string): string[] =>
  searchMembers(org, { query, limit: 100, after: "" }).members.map(({ userid }) => userid)

test("members are found by part of name, userid, mobile or department, in any case", () => {
  assert.deepEqual(find("张"), ["zhangsan"])
  assert.deepEqual(find("wangwu"), ["WangWu"])
  assert.deepEqual(find("00000007"), ["007", "m000007"])
  assert.deepEqual(find(" 人事 "), ["WangWu", "007"])
  assert.deepEqual(find("nobody"), [])
})

test("without a query everybody is there, in the order of the organisation", () => {
  assert.equal(find("").length, 31)
  assert.deepEqual(find("").slice(0, 3), ["zhangsan", "lisi", "WangWu"])
})

test("pages put together are the whole, each member once", () => {
  const userids: string[] = []
  let after: string | null = ""
  while (after !== null) {
    const page: ReturnType<typeof searchMembers> = searchMembers(org, { query: "研发", limit: 7, after })
    assert.equal(page.total, 28)
    assert.ok(page.members.length <= 7)
    userids.push(...page.members.map(({ userid }) => userid))
    after = page.next
  }
  assert.deepEqual(userids, find("研发"))
})

test("a last page that is full says that nothing follows", () => {
  assert.equal(searchMembers(org, { query: "人事", limit: 2, after: "" }).next, null)
})
