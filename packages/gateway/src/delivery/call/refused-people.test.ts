import assert from "node:assert/strict"
import { test } from "node:test"
import { startDispatch } from "../testing/start-dispatch.ts"

const PEOPLE = Array.from({ length: 1000 }, (_, index) => `m${String(index + 1).padStart(6, "0")}`)

const cases: Readonly<Record<string, { readonly isBad: (index: number) => boolean; readonly mostCalls: number }>> = {
  "150 at the head": { isBad: (index) => index < 150, mostCalls: 330 },
  "150 at the tail": { isBad: (index) => index >= 850, mostCalls: 330 },
  "every seventh": { isBad: (index) => index % 7 === 0, mostCalls: 1100 },
}

for (const [name, { isBad, mostCalls }] of Object.entries(cases)) {
  // proves 29.halves: good people among many bad ones
  test(`29.halves: of a thousand people, ${name} bad, the good are sent to and the bad refused alone`, async () => {
    await using gateway = await startDispatch({ simulator: { members: 1000 } })
    for (const match of PEOPLE.filter((_, index) => isBad(index))) {
      await gateway.fault({ path: "message/send", kind: "errcode", errcode: 40003, match, times: 9999 })
    }
    const states = await gateway.outcome(await gateway.post({ users: PEOPLE }))
    assert.deepEqual(
      states,
      PEOPLE.map((_, index) => (isBad(index) ? "invalid" : "sent")),
    )
    const calls = await gateway.calls()
    assert.ok(calls.length <= mostCalls, `${calls.length} calls`)
  })
}
