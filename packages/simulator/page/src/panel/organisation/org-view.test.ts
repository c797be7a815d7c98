import assert from "node:assert/strict"
import { test } from "node:test"
import { seedOrg } from "../../../../src/org/seed.ts"
import { departmentRows, membersIn } from "./org-view.ts"

test("departments are below their parents, with the members of those below them", () => {
  const org = seedOrg()
  org.departments.push({ id: 5, name: "前端组", parentid: 2 })
  org.members[0]?.departments.push(5)
  assert.deepEqual(
    departmentRows(org).map(({ name, depth, count }) => [name, depth, count]),
    [
      ["示例公司", 0, 6],
      ["研发部", 1, 3],
      ["前端组", 2, 1],
      ["人事部", 1, 2],
      ["外勤部", 1, 1],
    ],
  )
})

test("members are found by department, name, userid and mobile", () => {
  const org = seedOrg()
  const found = (department: number | undefined, query: string): string[] =>
    membersIn(org, department, query).map(({ userid }) => userid)
  assert.equal(found(undefined, "").length, org.members.length)
  assert.deepEqual(found(2, ""), ["zhangsan", "lisi", "unlicensed"])
  assert.deepEqual(found(2, " LISI "), ["lisi"])
  assert.deepEqual(found(3, "零零"), ["007"])
  assert.deepEqual(found(undefined, "13800000003"), ["WangWu"])
  assert.deepEqual(found(99, ""), [])
})
