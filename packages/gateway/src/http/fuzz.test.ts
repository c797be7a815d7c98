import assert from "node:assert/strict"
import { test } from "node:test"
import { fuzz } from "./testing/fuzz.ts"

test("row 20: none of 20,000 requests made from the description is answered 5xx", async () => {
  const { statuses } = await fuzz(20_000, 20_261_125)
  // A fuzz that is refused at the first door would prove little.
  for (const status of [200, 202, 400, 401, 404, 409, 415, 422]) {
    assert.ok((statuses[status] ?? 0) > 20, `${status}: ${statuses[status]}`)
  }
})
