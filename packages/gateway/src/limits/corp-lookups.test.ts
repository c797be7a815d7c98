import assert from "node:assert/strict"
import { test } from "node:test"
import { memoryLookupStore } from "@wecom-push/sdk"
import { CorpLookups } from "./corp-lookups.ts"
import { Semaphore } from "../model/semaphore.ts"

const NOON = Date.UTC(2026, 10, 25, 4)

/** Notes what happens to a corp's look-ups, in order. */
function world() {
  const seen: string[] = []
  const budgets: number[] = []
  const slots = new Semaphore(1)
  const noted = (name: string) => ({
    [Symbol.dispose]: () => void seen.push(`${name} over`),
    [Symbol.asyncDispose]: async () => void seen.push(`${name} over`),
  })
  const lookups = new CorpLookups(
    {
      clock: { now: () => NOON, sleep: () => Promise.resolve() },
      misses: {
        take: async (_corpId, _day, _wanted, budget) => {
          budgets.push(budget)
          return { granted: 1 }
        },
        settle: () => Promise.resolve(),
        taken: () => Promise.resolve(0),
      },
      lookupPlaces: slots,
      stopping: new AbortController().signal,
    },
    "ww1",
    "user/getuserid ww1",
    {
      limits: () => Promise.resolve({ lookupMissBudget: 7, lookupsPerMinute: null, lookupsPerHour: null }),
      permits: {
        pauses: memoryLookupStore(),
        take: async () => {
          seen.push("turn")
          return noted("turn")
        },
        tryAlone: async () => {
          seen.push("alone")
          return noted("alone")
        },
      },
    },
  )
  const ask = async (): Promise<string> => {
    seen.push("asked")
    return "answer"
  }
  return { lookups, seen, slots, budgets, ask }
}

test("a look-up waits for its turn and for a slot, and gives both back", async () => {
  const { lookups, seen, slots, ask } = world()
  assert.equal(await lookups.inTurn(ask), "answer")
  assert.deepEqual(seen, ["turn", "asked", "turn over"])
  using _ = await slots.take("another")
})

test("after a pause it is also alone, until WeCom has answered it", async () => {
  const { lookups, seen, ask } = world()
  await lookups.pause.close()
  await lookups.inTurn(ask)
  assert.deepEqual(seen, ["alone", "turn", "asked", "turn over", "alone over"])
})

test("the allowance of unknown numbers is that of the corp's settings", async () => {
  const { lookups, budgets } = world()
  await lookups.allowance.take({ app: "alerts", priority: "normal" })
  assert.deepEqual(budgets, [7])
})
