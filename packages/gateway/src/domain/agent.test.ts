import assert from "node:assert/strict"
import { test } from "node:test"
import { agentKey, isSameAgent } from "./agent.ts"

test("an agent is one corp's and has one number: what differs in either is another", () => {
  const agent = { corpId: "ww1", agentId: 1 }
  for (const [other, isSame] of [
    [{ corpId: "ww1", agentId: 1 }, true],
    [{ corpId: "ww2", agentId: 1 }, false],
    [{ corpId: "ww1", agentId: 2 }, false],
    [{ corpId: "ww2", agentId: 2 }, false],
  ] as const) {
    assert.equal(isSameAgent(agent, other), isSame)
    assert.equal(agentKey(agent) === agentKey(other), isSame)
  }
})
