import assert from "node:assert/strict"
import { test } from "node:test"
import { agentParty, isSameParty, partyKey } from "./party.ts"

// proves 31.party: what WeCom counts by
test("a party has one kind, one corp and one id: a difference in any is another party", () => {
  const party = { kind: "app", corpId: "ww1", partyId: "1" }
  for (const [other, isSame] of [
    [{ kind: "app", corpId: "ww1", partyId: "1" }, true],
    [agentParty({ corpId: "ww1", agentId: 1 }), true],
    [{ kind: "app", corpId: "ww2", partyId: "1" }, false],
    [{ kind: "app", corpId: "ww1", partyId: "2" }, false],
    [{ kind: "robot", corpId: "ww1", partyId: "1" }, false],
  ] as const) {
    assert.equal(isSameParty(party, other), isSame)
    assert.equal(partyKey(party) === partyKey(other), isSame)
  }
})

test("an app's key is what older versions have written into databases", () => {
  assert.equal(partyKey(agentParty({ corpId: "ww1", agentId: 1_000_002 })), "ww1/1000002")
})
