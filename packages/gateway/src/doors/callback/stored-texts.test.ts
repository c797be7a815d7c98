import assert from "node:assert/strict"
import { test } from "node:test"
import { CallbackCipher, signCallback } from "@wecom-push/protocol/callback"
import { ADMIN_KEY } from "../http/testing/start-gateway.ts"
import { startOn, STORES } from "../http/testing/start-several.ts"
import type { Several } from "../http/testing/start-several.ts"

const CORP = "ww0000000000000001"
const TOKEN = "pushToken2024"
const AES_KEY = "pqxXJiYx6H6j2jR5XZ1y5ROgVEJ9vVdnbHY7Vz1Ck5U"
/** A text that no database can compress. */
const LONG = Array.from({ length: 2000 }, (_, n) => ((n + 1) * Math.E).toString(36)).join("")

for (const store of STORES) {
  // proves 4.5: what no database keeps as it is
  test(`${store}: what WeCom sends to an app is kept where a text has a NUL, and U+FFFD takes its place`, async () => {
    await using several = await startCalledBack(store)
    await deliver(several, { ...SAID, MsgId: "1", Content: "a\0b" })
    await deliver(several, { ...SAID, MsgId: "2\0", Content: "c" })
    const said = await eventsOf(several, "wecom.text", 2)
    assert.deepEqual(
      said.map(({ data }) => data["fields"].Content),
      ["a\uFFFDb", "c"],
    )
  })

  // proves 4.5: what no database keeps as it is
  test(`${store}: what WeCom sends to an app is kept where an id has no end, and comes again as one event`, async () => {
    await using several = await startCalledBack(store)
    for (const Content of ["a", "a", "b"]) await deliver(several, { ...SAID, MsgId: LONG + Content, Content })
    const said = await eventsOf(several, "wecom.text", 2)
    assert.deepEqual(
      said.map(({ data }) => data["fields"].Content),
      ["a", "b"],
    )
  })

  // proves 4.5: what no database keeps as it is
  test(`${store}: a press whose code has no end is kept, and names the message of its card`, async () => {
    await using several = await startCalledBack(store)
    const template_card = {
      card_type: "button_interaction",
      task_id: "deploy-1",
      main_title: { title: "要发布吗？" },
      button_list: [{ text: "同意", key: "approve" }],
    }
    const body = { app: "alerts", to: { users: ["zhangsan"] }, msgtype: "template_card", template_card }
    const { json } = await several.request(0, "/v1/messages", { body })
    await several.until(0, json.id, "sent")
    const press = {
      MsgType: "event",
      Event: "template_card_event",
      EventKey: "approve",
      CardType: "button_interaction",
    }
    await deliver(several, { ...FROM, ...press, TaskId: "deploy-1", ResponseCode: LONG })
    const [pressed] = await eventsOf(several, "card.clicked", 1)
    assert.deepEqual([pressed?.message_id, pressed?.data["event_key"]], [json.id, "approve"])
  })
}

const FROM = { ToUserName: CORP, FromUserName: "zhangsan", CreateTime: "1735689700" }
const SAID = { ...FROM, MsgType: "text" }

async function startCalledBack(store: (typeof STORES)[number]): Promise<Several> {
  const several = await startOn(store)
  const keys = { callback_token: TOKEN, encoding_aes_key: AES_KEY }
  const changed = await several.request(0, "/v1/apps/alerts", { method: "PATCH", body: keys })
  assert.equal(changed.status, 200, changed.text)
  return several
}

async function deliver(several: Several, fields: Readonly<Record<string, string>>): Promise<void> {
  const elements = Object.entries(fields).map(([name, value]) => `<${name}><![CDATA[${value}]]></${name}>`)
  const encrypted = new CallbackCipher(AES_KEY, CORP).encrypt(`<xml>${elements.join("")}</xml>`)
  const [timestamp, nonce] = [String(Math.floor(Date.now() / 1000)), "9081726354"]
  const msg_signature = signCallback({ token: TOKEN, timestamp, nonce, encrypted })
  const query = new URLSearchParams({ msg_signature, timestamp, nonce }).toString()
  const body = `<xml><ToUserName>${CORP}</ToUserName><Encrypt><![CDATA[${encrypted}]]></Encrypt></xml>`
  const headers = { "content-type": "text/xml" }
  const { status } = await several.request(0, `/callback/alerts?${query}`, { key: null, body, headers })
  assert.equal(status, 200)
}

interface Told {
  readonly type: string
  readonly message_id: string | null
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
  readonly data: Record<string, any>
}

/** The first `count` events of a type. */
async function eventsOf({ gateways }: Several, type: string, count: number): Promise<Told[]> {
  const connection = new AbortController()
  const headers = { authorization: `Bearer ${ADMIN_KEY}`, "last-event-id": "0" }
  const answer = await fetch(`${gateways[0]?.url}/v1/events`, { headers, signal: connection.signal })
  const found: Told[] = []
  let text = ""
  for await (const piece of answer.body ?? []) {
    const lines = `${text}${Buffer.from(piece).toString("utf8")}`.split("\n")
    text = lines.pop() ?? ""
    const events = lines.flatMap((line) => (line.startsWith("data: ") ? [JSON.parse(line.slice(6)) as Told] : []))
    found.push(...events.filter((event) => event.type === type))
    if (found.length >= count) break
  }
  connection.abort()
  return found
}
