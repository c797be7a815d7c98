import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { test } from "node:test"
import { anyText, fc } from "../../../../../tools/testing/fast-check.ts"
import { KeyTable } from "./key-table.ts"

test("a table answers as a Map does", () => {
  const key = fc.oneof(anyText(), fc.constantFrom("", "a", "aa", "zhangsan", " tag 1"))
  const value = fc.oneof(fc.integer({ min: 0, max: 0xffff_fffe }), fc.constantFrom(0, 0xffff_fffe))
  fc.assert(
    fc.property(fc.array(fc.tuple(key, value)), fc.array(key), (entries, others) => {
      const [table, map] = [new KeyTable(), new Map<string, number>()]
      for (const [key, value] of entries) {
        table.set(key, value)
        map.set(key, value)
      }
      for (const key of [...entries.map(([key]) => key), ...others]) {
        assert.equal(table.get(key), map.get(key))
        assert.equal(table.has(key), map.has(key))
      }
    }),
  )
})

test("two hundred thousand keys that differ in a digit or two are distinguished", () => {
  const table = new KeyTable()
  for (let index = 0; index < 200_000; index += 2) {
    assert.equal(table.get(keyAt(index)), undefined)
    table.set(keyAt(index), index)
  }
  for (let index = 0; index < 200_000; index++) {
    assert.equal(table.get(keyAt(index)), index % 2 === 0 ? index : undefined)
  }
})

test("a stored table answers as before, and takes more", () => {
  const table = new KeyTable()
  for (let index = 0; index < 5000; index++) table.set(keyAt(index), index)
  const again = KeyTable.fromBytes(Buffer.concat([Buffer.from([0]), table.toBytes()]).subarray(1))
  for (let index = 5000; index < 10_000; index++) again.set(keyAt(index), index)
  for (let index = 0; index < 10_001; index++) assert.equal(again.get(keyAt(index)), index < 10_000 ? index : undefined)
  assert.equal(table.get(keyAt(5000)), undefined)
  assert.equal(KeyTable.fromBytes(new KeyTable().toBytes()).get("a"), undefined)
})

function digestOf(table: KeyTable): string {
  return createHash("sha256").update(table.toBytes()).digest("base64url")
}

function keyAt(index: number): string {
  return `m${String(index).padStart(6, "0")}`
}

/** Stores have kept tables of an earlier version, which must still find the bodies of messages. */
test("the layout of a table does not change: the same keys in the same places", () => {
  const table = new KeyTable()
  assert.equal(digestOf(table), "U0HmsmRpeacOV2UwB6HzEBaUIeyb3Z8aVkj3Wt4AWvE")
  for (const [index, key] of ["", "a", "b", "ab", "ba", "张三", " tag 1", "x".repeat(300)].entries()) {
    table.set(key, index)
  }
  table.set("most", 0xffff_fffe)
  assert.equal(digestOf(table), "1FzPhyys-zY9_v-6HoSpgegkNbGvAEnNvvQrz7MtwF8")
  for (let index = 0; index < 5000; index++) table.set(keyAt(index), index)
  assert.equal(digestOf(table), "u-u9hRqr5Qj_7uEo1S3gkEifN5BR6U3hp-DfogsuUcU")
})

test("a stored table grows like a new one", () => {
  const table = new KeyTable()
  for (let index = 0; index < 700; index++) table.set(keyAt(index), index)
  const again = KeyTable.fromBytes(table.toBytes())
  for (let index = 650; index < 3000; index++) {
    table.set(keyAt(index), index + 1)
    again.set(keyAt(index), index + 1)
  }
  assert.deepEqual(again.toBytes(), table.toBytes())
})
