import assert from "node:assert/strict"
import { test } from "node:test"
import { isMediumId } from "./medium-id.ts"

test("the gateway's own files are known by how their ids begin", () => {
  assert.deepEqual(
    ["med_1", "3a_med_1", "", undefined, 7, ["med_1"]].map((value) => isMediumId(value)),
    [true, false, false, false, false, false],
  )
})
