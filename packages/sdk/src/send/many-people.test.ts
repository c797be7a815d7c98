import assert from "node:assert/strict"
import { test } from "node:test"
import { text } from "../builders.ts"
import type { LookupStore } from "../lookup-store.ts"
import { lookupKeys } from "../people/lookup-key.ts"
import { memoryMediaStore } from "../media/memory-media-store.ts"
import { Uploader } from "../media/uploader.ts"
import { People } from "../people/people.ts"
import { fakeApi, namedIn } from "../testing/fake-api.ts"
import { leapingClock } from "../testing/leaping-clock.ts"
import { sendMessage } from "./send.ts"

test("a text to 100,000 known mobiles is exactly 100 calls, and no one is left out or named twice", async () => {
  const count = 100_000
  const clock = leapingClock()
  const named = new Set<string>()
  const api = fakeApi((request) => {
    for (const userid of namedIn(request)) named.add(userid)
    return { errcode: 0, msgid: "m" }
  }, clock)
  let next = 0
  const store: LookupStore = {
    get: (keys) => Promise.resolve(keys.map(() => ({ userid: `m${next++}`, storedAt: clock.now() }))),
    set: () => Promise.resolve(),
    getPause: () => Promise.resolve(undefined),
    setPause: () => Promise.resolve(),
  }
  const scope = { baseUrl: "http://sim", corpId: "ww1", agentId: 1, secret: "s" }
  const settings = { api, language: "en", callTimeoutMs: 30_000, baseUrl: scope.baseUrl } as const
  const howLong = { hitLifetimeMs: 1000, missLifetimeMs: 1000 }
  const people = new People({ ...settings, ...howLong, store, keys: lookupKeys(scope), mobileCheck: "strict" })
  const uploader = new Uploader({ ...settings, owner: scope.corpId, store: memoryMediaStore() })
  const mobiles = Array.from({ length: count }, (_, index) => `139${String(index).padStart(8, "0")}`)
  const progress: number[] = []
  const result = await sendMessage(
    {
      ...settings,
      people,
      uploader,
      agentId: 1,
      strict: true,
      sourceTimeoutMs: Infinity,
      onUnknownIds: () => assert.fail("unknownIds"),
    },
    { mobiles },
    text("你好"),
    { onProgress: ({ done, total }) => progress.push(done / total) },
  )
  assert.deepEqual([result.ok, result.recipients.length, api.requests.length, named.size], [true, count, 100, count])
  assert.deepEqual([progress.length, progress.at(-1)], [100, 1])
})
