import assert from "node:assert/strict"
import { test } from "node:test"
import type { ChatStore } from "../../model/ports/chats.ts"
import { NOON } from "../../store/testing/build.ts"
import { ChatCommands } from "./chats.ts"

const HOUR = 3_600_000
/** Noon in Beijing. */
const MIDNIGHT = NOON + 12 * HOUR

const CHAT = { chatid: "c", name: undefined, owner: undefined, members: ["a", "b"], fingerprint: "f" }
const CHANGE = { name: "x", owner: undefined, add: [], remove: [] }

function commands(asked: unknown[]): ChatCommands {
  const chats: Partial<ChatStore> = {
    begin: async (_, ...counted) => {
      asked.push(counted)
      return "limit"
    },
    takeChange: async (...counted) => {
      asked.push(counted)
      return NOON + 7
    },
  }
  const runtime = { app: { corpId: "ww1", agentId: 7 } }
  const runtimes = { get: async () => runtime as never, notAsked: () => assert.fail("the app has a runtime") }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing else of them is used where a limit is met
  const deps = { chats: chats as ChatStore, runtimes, now: () => NOON }
  return new ChatCommands(deps)
}

// proves 32.made-chats: how many a corp makes and changes
test("a corp makes 1000 chats a day of Beijing, and changes them 1000 times an hour: then nothing is asked of WeCom", async () => {
  const asked: unknown[] = []
  const made = await commands(asked).create("all", CHAT)
  const changed = await commands(asked).change("all", "c", CHANGE)
  assert.deepEqual(made, { kind: "limit", what: "made", untilMs: MIDNIGHT })
  assert.deepEqual(changed, { kind: "limit", what: "changed", untilMs: NOON + 7 })
  assert.deepEqual(asked, [
    [NOON, MIDNIGHT - 24 * HOUR, 1000],
    ["ww1", NOON, HOUR, 1000],
  ])
})
