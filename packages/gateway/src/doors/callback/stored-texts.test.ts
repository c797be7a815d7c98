import assert from "node:assert/strict"
import { test } from "node:test"
import { CallbackCipher, signCallback } from "@wecom-push/protocol/callback"
import { ADMIN_KEY } from "../http/testing/start-gateway.ts"
import { startOn, STORES } from "../http/testing/start-several.ts"

const CORP = "ww0000000000000001"
const TOKEN = "pushToken2024"
const AES_KEY = "pqxXJiYx6H6j2jR5XZ1y5ROgVEJ9vVdnbHY7Vz1Ck5U"

for (const store of STORES) {
  // proves 4.5: what no database keeps as it is
  test(`${store}: what WeCom sends to an app is kept where a text has a NUL, and U+FFFD takes its place`, async () => {
    await using several = await startOn(store)
    const keys = { callback_token: TOKEN, encoding_aes_key: AES_KEY }
    const changed = await several.request(0, "/v1/apps/alerts", { method: "PATCH", body: keys })
    assert.equal(changed.status, 200, changed.text)
    const deliver = async (id: string, content: string): Promise<void> => {
      const message =
        `<xml><ToUserName>${CORP}</ToUserName><FromUserName>zhangsan</FromUserName><CreateTime>1735689700</CreateTime>` +
        `<MsgType>text</MsgType><Content><![CDATA[${content}]]></Content><MsgId>${id}</MsgId></xml>`
      const encrypted = new CallbackCipher(AES_KEY, CORP).encrypt(message)
      const [timestamp, nonce] = [String(Math.floor(Date.now() / 1000)), "9081726354"]
      const msg_signature = signCallback({ token: TOKEN, timestamp, nonce, encrypted })
      const query = new URLSearchParams({ msg_signature, timestamp, nonce }).toString()
      const body = `<xml><ToUserName>${CORP}</ToUserName><Encrypt><![CDATA[${encrypted}]]></Encrypt></xml>`
      const headers = { "content-type": "text/xml" }
      const { status } = await several.request(0, `/callback/alerts?${query}`, { key: null, body, headers })
      assert.equal(status, 200)
    }
    await deliver("1", "a\0b")
    await deliver("2\0", "c")
    assert.deepEqual(await contentsOf(several.gateways[0]?.url ?? "", 2), ["a\uFFFDb", "c"])
  })
}

/** The contents of the first `count` texts of members, in the order of their events. */
async function contentsOf(gateway: string, count: number): Promise<string[]> {
  const connection = new AbortController()
  const headers = { authorization: `Bearer ${ADMIN_KEY}`, "last-event-id": "0" }
  const answer = await fetch(`${gateway}/v1/events`, { headers, signal: connection.signal })
  const contents: string[] = []
  let text = ""
  for await (const piece of answer.body ?? []) {
    const lines = `${text}${Buffer.from(piece).toString("utf8")}`.split("\n")
    text = lines.pop() ?? ""
    const events = lines.flatMap((line) => (line.startsWith("data: ") ? [JSON.parse(line.slice(6))] : []))
    contents.push(...events.filter(({ type }) => type === "wecom.text").map(({ data }) => data.fields.Content))
    if (contents.length >= count) break
  }
  connection.abort()
  return contents
}
