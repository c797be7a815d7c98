import assert from "node:assert/strict"
import { test } from "node:test"
import { callTargets } from "./call-targets.ts"
import type { RecipientChunk, RecipientPosition, RecipientType } from "./recipients.ts"

/** Recipients as `type address`, with the userids that are stored. */
function chunkOf(recipients: readonly (readonly [type: RecipientType, address: string, userid: string | null])[]) {
  const chunk: RecipientChunk = {
    index: 0,
    types: recipients.map(([type]) => type),
    addresses: recipients.map(([, address]) => address),
    states: recipients.map(() => "pending"),
    userids: recipients.map(([, , userid]) => userid),
    calls: recipients.map(() => null),
    details: {},
  }
  const positions = recipients.map((_, slot): RecipientPosition => slot)
  return { chunks: new Map([[0, chunk]]), positions }
}

function carried(touser: string, recipients: Parameters<typeof chunkOf>[0]): Record<string, number[]> {
  const { chunks, positions } = chunkOf(recipients)
  const targets = callTargets(touser.split("|"), positions, chunks)
  return Object.fromEntries(targets.map(({ id, positions }) => [id, [...positions]]))
}

test("members that were looked up are read back from the body, in the order of their recipients", () => {
  assert.deepEqual(
    carried("zhangsan|lisi|WangWu", [
      ["mobile", "13800000001", null],
      ["user", "lisi", "lisi"],
      ["mobile", "13800000003", null],
    ]),
    { zhangsan: [0], lisi: [1], WangWu: [2] },
  )
})

test("a member that two recipients mean does not shift the others", () => {
  assert.deepEqual(
    carried("zhangsan|lisi|WangWu|007", [
      ["user", "zhangsan", "zhangsan"],
      ["user", "lisi", "lisi"],
      ["mobile", "13800000003", null],
      ["mobile", "13800000002", "lisi"],
      ["mobile", "13800000007", null],
    ]),
    { zhangsan: [0], lisi: [1, 3], WangWu: [2], "007": [4] },
  )
})

test("one member under several spellings is one target", () => {
  assert.deepEqual(
    carried("WangWu|zhangsan", [
      ["user", "WangWu", "WangWu"],
      ["user", "wangwu", "wangwu"],
      ["mobile", "13800000001", null],
    ]),
    { WangWu: [0, 1], zhangsan: [2] },
  )
})

test("departments and tags take no place among the members", () => {
  assert.deepEqual(
    carried("zhangsan", [
      ["mobile", "13800000001", null],
      ["department", "2", null],
      ["tag", "1", null],
    ]),
    { zhangsan: [0], "2": [1], "1": [2] },
  )
})

test("a userid counts as remembered when it was looked up, unless that was just now", () => {
  const { chunks, positions } = chunkOf([
    ["mobile", "13800000001", "zhangsan"],
    ["mobile", "13800000002", "lisi"],
    ["user", "WangWu", "WangWu"],
  ])
  const [chunk] = chunks.values()
  const asked = new Map([[0, { ...(chunk ?? assert.fail()), details: { 1: { fresh: true as const } } }]])
  const targets = callTargets(["zhangsan", "lisi", "WangWu"], positions, asked)
  assert.deepEqual(
    targets.map(({ id, remembered }) => [id, ...remembered]),
    [
      ["zhangsan", true],
      ["lisi", false],
      ["WangWu", false],
    ],
  )
})
