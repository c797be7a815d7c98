import assert from "node:assert/strict"
import { test } from "node:test"
import { startDispatch } from "../testing/start-dispatch.ts"

// proves 12.T7: the second part of a split text
test("a part that cannot go out now keeps the place of its message in the queue", async () => {
  const answered = Promise.withResolvers<void>()
  const released = new Set<string>()
  let sends = 0
  await using gateway = await startDispatch({
    transport: (real) => ({
      ...real,
      async request(request) {
        const answer = await real.request(request)
        if (request.url.pathname.endsWith("/message/send") && ++sends === 1) await answered.promise
        return answer
      },
    }),
    wrap: (stores) => ({
      ...stores,
      outbox: {
        ...stores.outbox,
        async release(releases) {
          await stores.outbox.release(releases)
          for (const { messageId } of releases) released.add(messageId)
        },
      },
    }),
  })
  const parts = ["一", "二"].map((content) => JSON.stringify({ msgtype: "text", text: { content } }))
  const long = await gateway.post({ users: ["zhangsan"], parts })
  await gateway.until(() => sends === 1, "the first part on its way")
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 60020, match: "later" })
  const later = await gateway.post({ users: ["lisi"], text: "later" })
  await gateway.until(() => released.has(later), "the pause")
  answered.resolve()
  await gateway.until(() => released.has(long), "the second part to wait")
  await gateway.advance(61)
  assert.deepEqual(await gateway.outcome(long), ["sent"])
  assert.deepEqual(await gateway.outcome(later), ["sent"])
  const texts = (await gateway.calls()).map(({ body }) => (body["text"] as { content: string }).content)
  assert.deepEqual(texts, ["一", "later", "二", "later"])
})
