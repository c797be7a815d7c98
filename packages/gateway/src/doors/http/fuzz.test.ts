import assert from "node:assert/strict"
import { test } from "node:test"
import { fuzz } from "./testing/fuzz.ts"

const PARTS = 5
/** CI sets 20,000. */
const REQUESTS = Number(process.env["FUZZ_REQUESTS"] ?? 4000)

// The requests are split into parts, each with its own seed, so that none comes close to the time limit of a test on a busy
// machine.
for (let part = 1; part <= PARTS; part++) {
  // proves row 20: no 5xx, no crash
  // proves 3.bad 2: never a 5xx
  // proves 3.test 5: fuzzed requests
  test(`row 20: none of the requests made from the description is answered 5xx (part ${part} of ${PARTS})`, async () => {
    const { statuses } = await fuzz(REQUESTS / PARTS, 20_261_125 + part)
    // If all requests were refused at once, the fuzz would prove little.
    for (const status of [200, 202, 400, 401, 404, 409, 415, 422]) {
      assert.ok((statuses[status] ?? 0) > REQUESTS / 1000 / PARTS, `${status}: ${statuses[status]}`)
    }
  })
}
