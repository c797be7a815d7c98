import assert from "node:assert/strict"
import { test } from "node:test"
import { RealDay, STORES } from "./testing/real-day.ts"

const COUNT = 1500

for (const store of STORES) {
  // proves 29.P8: many messages past their time
  test(`P8: messages of a paused app that are past their time end at one look, however many, and others are sent: ${store}`, async () => {
    await using day = await RealDay.start({ store })
    await day.fault({ kind: "errcode", errcode: 60_020, match: "pausing" })
    await day.post("pausing")
    await day.comesInTime(async () => (await day.ask("/v1/apps/alerts")).json.pause !== null, "the app to be paused")
    const to = { users: ["zhangsan"] }
    const body = Array.from({ length: COUNT }, (_, n) => ({
      app: "alerts",
      to,
      msgtype: "text",
      text: { content: `${n}` },
      expires_at: new Date(day.now() + 20_000).toISOString(),
      ...(n % 100 === 0 && { order_key: "lane" }),
    }))
    const { json } = await day.ask("/v1/messages/batch", { body })
    assert.equal(json.at(-1).status, 202)
    const unfinished = async (): Promise<number> => {
      const { text } = await day.ask("/metrics")
      return Number(/wecom_push_unfinished_messages\{.*app="alerts",priority="normal"\} (\d+)/.exec(text)?.[1])
    }
    assert.equal(await unfinished(), COUNT + 1)
    await day.advance(21, { inStepsOf: 7 })
    await day.lookForExpired()
    const sent = await day.post("meanwhile", { app: "root", priority: "high" })
    await day.comesInTime(async () => (await day.state(sent)) === "sent", "the message of another app to be sent")
    // On PostgreSQL one check must be enough; in earlier versions each check ended only a hundred messages.
    await day.comes(async () => (await unfinished()) === 1, "all that is past its time to be ended")
    for (const { id } of [json[0], json[777], json[COUNT - 1]]) {
      const [recipient] = await day.recipients(id)
      assert.deepEqual([await day.state(id), recipient?.["state"]], ["expired", "expired"])
    }
    const { text } = await day.ask("/metrics")
    assert.match(text, new RegExp(`wecom_push_recipients_total\\{app="alerts",state="expired"\\} ${COUNT}\\b`))
    assert.deepEqual(await day.phone(), ["meanwhile"])
  })
}
