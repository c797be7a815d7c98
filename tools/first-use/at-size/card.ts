import assert from "node:assert/strict"
import type { Gateway } from "./gateway.ts"
import { shown, simulator } from "./phones.ts"

/** A card is pressed on a phone, the gateway tells of it, and the card is changed. */
export async function card(gateway: Gateway): Promise<void> {
  const id = await gateway.post({
    app: "alerts",
    to: { users: ["lisi"] },
    msgtype: "template_card",
    template_card: {
      card_type: "button_interaction",
      task_id: `deploy-${Date.now()}`,
      main_title: { title: "要发布吗？" },
      button_list: [{ text: "发布", key: "approve" }],
    },
  })
  await gateway.allSent([id])
  const { items } = await gateway.ask<{ items: { msgid: string }[] }>("GET", `/v1/messages/${id}/calls`)
  const msgid = items[0]?.msgid
  const events = await follow()
  await simulator("POST", "phones/lisi/click", { msgid, key: "approve" })
  assert.match(await firstPress(events, id), /"event_key":"approve"/)
  const changed = await gateway.ask<{ calls: { result: string }[] }>("POST", `/v1/messages/${id}/card`, {
    userids: ["lisi"],
    button: { replace_name: "已发布" },
  })
  assert.deepEqual(
    changed.calls.map(({ result }) => result),
    ["updated"],
  )
  const onPhone = (await shown("lisi")).find((message) => message.msgid === msgid)
  assert.match(JSON.stringify(onPhone), /已发布/, "the phone shows the change")
}

/** The gateway's events from now on. */
async function follow(): Promise<ReadableStream<string>> {
  const response = await fetch("http://127.0.0.1:7788/v1/events", {
    headers: { authorization: "Bearer wp_simulator" },
    signal: AbortSignal.timeout(30_000),
  })
  assert.ok(response.ok && response.body)
  return response.body.pipeThrough(new TextDecoderStream())
}

async function firstPress(events: ReadableStream<string>, id: string): Promise<string> {
  let begun = ""
  for await (const piece of events) {
    const lines = (begun + piece).split("\n")
    begun = lines.pop() ?? ""
    const press = lines.find((line) => line.includes('"card.clicked"') && line.includes(id))
    if (press !== undefined) return press
  }
  throw new Error("the events ended without the press")
}
