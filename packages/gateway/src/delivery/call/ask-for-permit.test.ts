import assert from "node:assert/strict"
import { test } from "node:test"
import { askForPermit } from "./ask-for-permit.ts"
import { OneMessage } from "../testing/one-message.ts"

test("29.E1: while WeCom cannot be reached agent/get is asked before leave to send is", async () => {
  const one = new OneMessage({ priority: "high" })
  const asked: string[] = []
  const permit = one.governor.newPermit()
  one.governor.permit = (priority) => {
    asked.push(`permit ${priority}`)
    return permit
  }
  const connection = {
    ask: async () => {
      asked.push("agent/get")
    },
  }
  const { governor } = one
  assert.equal(askForPermit({ governor, connection }, one.run), permit)
  one.governor.isTriedByAgentGet = true
  assert.equal(await askForPermit({ governor, connection }, one.run), permit)
  assert.deepEqual(asked, ["permit high", "agent/get", "permit high"])
})
