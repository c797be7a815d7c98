import assert from "node:assert/strict"
import { test } from "node:test"
import { STORES, startOn } from "./testing/start-several.ts"
import { ADMIN_KEY, aMessage, startTestGateway } from "./testing/start-gateway.ts"

const CORP = "ww0000000000000001"

/** Reads a stream until this many events have come, or it ends. @returns their apps and ids, in order */
async function follow(url: string, key: string) {
  const answer = await fetch(`${url}/v1/events`, { headers: { authorization: `Bearer ${key}` } })
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  assert.equal(answer.status, 200)
  let text = ""
  const told: { id: number; app: string; message: string; type: string }[] = []
  return {
    async take(count: number): Promise<typeof told> {
      while (told.length < count) {
        const { done, value } = (await reader?.read()) ?? { done: true, value: undefined }
        if (done) break
        const blocks = (text + value).split("\n\n")
        text = blocks.pop() ?? ""
        for (const [, data = "{}"] of blocks.map((block) => /^data: (.*)$/m.exec(block) ?? [])) {
          const { id, app, message_id: message, type } = JSON.parse(data)
          if (id !== undefined) told.push({ id, app, message, type })
        }
      }
      return told
    },
    leave: () => reader?.cancel(),
  }
}

for (const store of STORES) {
  // proves 29.E8: many followers
  test(`29.E8: each of ten followers hears all of its apps in order, and nothing of others: ${store}`, async () => {
    await using several = await startOn(store)
    const url = several.gateways[0]?.url ?? ""
    const names = Array.from({ length: 6 }, (_, n) => `app-${n}`)
    for (const [n, name] of names.entries()) {
      const body = { name, corp_id: CORP, agent_id: 2_000_000 + n, secret: "s" }
      assert.equal((await several.request(0, "/v1/apps", { body })).status, 201)
    }
    const own = new Set(names.slice(0, 3))
    const { json } = await several.request(0, "/v1/keys", { body: { name: "k", scopes: ["read"], apps: [...own] } })
    const followers = await Promise.all(Array.from({ length: 10 }, () => follow(url, json.key)))
    const expected: string[] = []
    for (let round = 0; round < 10; round++) {
      const items = names.flatMap((app) => [aMessage({ app }), aMessage({ app })])
      const { json: accepted } = await several.request(0, "/v1/messages/batch", { body: items })
      for (const [n, { id }] of accepted.entries()) if (own.has(String(items[n]?.["app"]))) expected.push(id)
    }
    for (const follower of followers) {
      const told = await follower.take(expected.length)
      await follower.leave()
      assert.ok(told.every(({ app }) => own.has(app)))
      const ids = told.map(({ id }) => id)
      assert.deepEqual(
        ids,
        ids.toSorted((one, other) => one - other),
      )
      const accepted = told.filter(({ type }) => type === "message.accepted").map(({ message }) => message)
      assert.deepEqual(accepted.toSorted(), expected.toSorted())
    }
  })
}

// proves 29.E8: many followers
test("29.E8: what has just happened is read once, however many follow it", async () => {
  await using gateway = await startTestGateway()
  const { events } = gateway.stores
  const since = events.since.bind(events)
  let reads = 0
  events.since = (id, query) => {
    reads++
    return since(id, query)
  }
  const readsOf = async (count: number): Promise<number> => {
    const followers = await Promise.all(Array.from({ length: count }, () => follow(gateway.url, ADMIN_KEY)))
    const before = reads
    for (let n = 0; n < 200; n++) await gateway.request("/v1/messages", { body: aMessage() })
    for (const follower of followers) await follower.take(200)
    const found = reads - before
    for (const follower of followers) await follower.leave()
    return found
  }
  const [ofOne, ofTwenty] = [await readsOf(1), await readsOf(20)]
  // Each reads when it is woken; those that read at once share the result.
  assert.ok(ofTwenty <= 4 * ofOne + 10, `${ofOne} reads for one, ${ofTwenty} for twenty`)
})
