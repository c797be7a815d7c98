import assert from "node:assert/strict"
import { test } from "node:test"
import { createFetchCallbackHandler } from "./fetch-handler.ts"
import { APP, deliveryOf, innerXml } from "./testing/app-settings.ts"
import { callbackHandlerContract } from "./testing/handler-contract.ts"

callbackHandlerContract("fetch", async (options) => {
  const handle = createFetchCallbackHandler(options)
  return {
    call: (method, query, body) => handle(requestFor(method, query, body)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
})

function requestFor(method: string, query: Record<string, string>, body?: string): Request {
  const url = `https://app.example/wecom?${new URLSearchParams(query).toString()}`
  return new Request(url, { method, ...(body !== undefined && { body }) })
}

test("a runtime that ends with the answer gets what to wait for", async () => {
  const { promise: working, resolve: finish } = Promise.withResolvers<void>()
  const handle = createFetchCallbackHandler({ ...APP, onEvent: () => working })
  const { query, body } = deliveryOf(innerXml("<MsgType>text</MsgType>"), { timestamp: Math.floor(Date.now() / 1000) })
  const waited: Promise<void>[] = []
  const answer = await handle(requestFor("POST", query, body), { waitUntil: (promise) => void waited.push(promise) })
  assert.equal(answer.status, 200)
  finish()
  await Promise.all(waited)
  assert.equal(waited.length, 1)
})
