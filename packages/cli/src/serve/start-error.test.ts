import assert from "node:assert/strict"
import { test } from "node:test"
import { StartRefusal } from "@wecom-push/gateway"
import type { StartRefusalCode } from "@wecom-push/gateway"
import { CommandError } from "../command-error.ts"
import { startError } from "./start-error.ts"

const CODES: Readonly<Partial<Record<StartRefusalCode, number>>> = {
  unreachable: 3,
  login_refused: 3,
  not_trusted: 3,
  unsafe_address: 2,
  start_held: 3,
  disk_full: 3,
  files_unreachable: 3,
  not_utf8: 2,
  locked: 2,
  newer_schema: 2,
  wrong_master_key: 2,
}

for (const [code, expected] of Object.entries(CODES)) {
  test(`a start that is refused for ${code} ends with ${expected}: a service manager starts it again after 3, not after 2`, async () => {
    const words = { en: "a", zh: "b" }
    const error = await startError(new StartRefusal(code as StartRefusalCode, { problem: words, hint: words }), "en")
    assert.ok(error instanceof CommandError)
    assert.equal(error.exitCode, expected)
  })
}
