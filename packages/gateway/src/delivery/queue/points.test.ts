import assert from "node:assert/strict"
import { channel } from "node:diagnostics_channel"
import { test } from "node:test"
import { watchWrites } from "./points.ts"

const points = channel("wecom-push:point")
const sent = channel("undici:request:bodySent")

test("a listener hears that the bytes of a send are out, and of no other request, until the watch ends", () => {
  const heard: unknown[] = []
  const listen = (message: unknown): void => void heard.push(message)
  points.subscribe(listen)
  try {
    const end = watchWrites()
    sent.publish({ request: { path: "/cgi-bin/gettoken?corpid=c" } })
    assert.deepEqual(heard, [])
    sent.publish({ request: { path: "/cgi-bin/message/send?access_token=t" } })
    assert.deepEqual(heard, [{ point: "send.after_write" }])
    end()
    sent.publish({ request: { path: "/cgi-bin/message/send?access_token=t" } })
    assert.equal(heard.length, 1)
    assert.equal(sent.hasSubscribers, false)
  } finally {
    points.unsubscribe(listen)
  }
})

test("while there is no listener no request is looked at", () => {
  const end = watchWrites()
  assert.equal(sent.hasSubscribers, false)
  end()
})
