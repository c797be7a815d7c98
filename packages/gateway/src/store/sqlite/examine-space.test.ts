import assert from "node:assert/strict"
import { test } from "node:test"
import { examineSpace } from "./examine-space.ts"

test("below 200 MB of free space doctor warns, with what happens when the disk is full", () => {
  const enough = examineSpace("/data", () => 200 * 2 ** 20)
  assert.deepEqual([enough.state, enough.detail.en, enough.hint], ["ok", "200 MB free in /data", undefined])
  const little = examineSpace("/data", () => 200 * 2 ** 20 - 1)
  assert.deepEqual([little.state, little.detail.zh], ["warning", "/data 可用 199 MB"])
  assert.match(little.hint?.en ?? "", /503 storage_full/)
})
