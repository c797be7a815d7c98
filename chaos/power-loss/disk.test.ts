import assert from "node:assert/strict"
import { test } from "node:test"
import { Random } from "../lib/random.ts"
import { Disk } from "./disk.ts"
import type { Operation } from "./operations.ts"

const write = (text: string, offset = 0): Operation => ({ kind: "write", file: "a", offset, data: Buffer.from(text) })
const create: Operation = { kind: "create", file: "a" }
const begins = (file: string | undefined, thread = 1): Operation => ({ kind: "sync_begins", file, thread })
const done = (file: string | undefined, thread = 1): Operation => ({ kind: "sync_done", file, thread })
const sync = [begins("a"), done("a")]
const syncNames = [begins(undefined), done(undefined)]

/** All states found after 300 power losses at this moment. */
function found(...operations: readonly (Operation | Operation[])[]): Set<string> {
  const disk = new Disk()
  for (const operation of operations.flat()) disk.apply(operation)
  const random = new Random("power")
  const states = Array.from({ length: 300 }, () =>
    [...disk.afterPowerLoss(random)].map(([name, content]) => `${name}=${content.toString()}`).join(" "),
  )
  return new Set(states)
}

test("what was synced is there for certain", () => {
  assert.deepEqual(found(create, syncNames, write("old"), sync), new Set(["a=old"]))
})

test("a write that was not synced is there or not", () => {
  assert.deepEqual(found(create, syncNames, write("old"), sync, write("new")), new Set(["a=old", "a=new"]))
})

test("a sync covers what was written before it began, and nothing before it is done", () => {
  const during = [create, syncNames, write("1"), begins("a"), write("2", 1)]
  const nothingIsCertain = new Set(["a=", "a=1", "a=12", "a=\x002"])
  assert.deepEqual(found(...during), nothingIsCertain)
  assert.deepEqual(found(...during, done("a")), new Set(["a=1", "a=12"]))
  const another = [begins("a", 2), write("3", 2), done("a", 2)]
  assert.deepEqual(found(...during, another), new Set(["a=12", "a=123"]))
  assert.deepEqual(found(...during, another, done("a")), new Set(["a=12", "a=123"]))
  const renamed: Operation = { kind: "rename", file: "a", to: "b" }
  assert.deepEqual(found(create, begins(undefined), renamed, done(undefined)), new Set(["a=", "b="]))
})

// proves S1: power cut at any write
test("writes that were not synced come in any combination", () => {
  const states = found(create, syncNames, write("1"), write("2", 1), write("3", 2))
  for (const state of ["a=", "a=1", "a=12", "a=123", "a=\0\x003", "a=1\x003", "a=\x002"])
    assert.ok(states.has(state), state)
})

test("a long write tears between sectors, never inside one", () => {
  const old = "o".repeat(1536)
  const states = found(create, syncNames, write(old), sync, write("n".repeat(1024), 256))
  const contents = [...states].map((state) => state.slice(2))
  for (const content of contents) {
    const pieces = [content.slice(0, 256), content.slice(256, 512), content.slice(512, 1024), content.slice(1024, 1280)]
    for (const piece of pieces) assert.equal(new Set(piece).size, 1)
  }
  assert.equal(states.size, 8)
})

test("truncating what was not synced is there or not", () => {
  const cut: Operation = { kind: "truncate", file: "a", length: 1 }
  assert.deepEqual(found(create, syncNames, write("old"), sync, cut), new Set(["a=old", "a=o"]))
})

test("a new name is certain only after a sync of the folder, and names come in their order", () => {
  assert.deepEqual(found(create, write("x"), sync), new Set(["", "a=x"]))
  const renamed: Operation = { kind: "rename", file: "a", to: "b" }
  assert.deepEqual(found(create, write("x"), sync, renamed), new Set(["", "a=x", "b=x"]))
  assert.deepEqual(found(create, write("x"), sync, renamed, syncNames), new Set(["b=x"]))
})

test("a second name is certain after a sync of the folder, and outlives the first", () => {
  const linked: Operation = { kind: "link", file: "a", to: "b" }
  const unlinked: Operation = { kind: "unlink", file: "a" }
  const made = [create, write("x"), sync, linked, unlinked]
  assert.deepEqual(found(...made), new Set(["", "a=x", "a=x b=x", "b=x"]))
  assert.deepEqual(found(...made, syncNames), new Set(["b=x"]))
})

test("a file that was unlinked may be back, with what was synced", () => {
  const unlinked: Operation = { kind: "unlink", file: "a" }
  assert.deepEqual(found(create, syncNames, write("x"), sync, unlinked), new Set(["a=x", ""]))
  assert.deepEqual(found(create, syncNames, write("x"), sync, unlinked, syncNames), new Set([""]))
})
