import assert from "node:assert/strict"
import { test } from "node:test"
import { addFault, onEachStore } from "./testing/each-store.ts"

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
type Json = Record<string, any>

const BAD = "x\0y\ud83d"
const CLEANED = "x\ufffdy\ufffd"
/** The 500th character of an errmsg, the last one that is stored, is the first half of a surrogate pair. */
const LONG = `${"x".repeat(499)}😀`

onEachStore("answers of WeCom with text that no store keeps", (started) => {
  async function send(content: string): Promise<{ message: Json; attempts: Json[] }> {
    const { request, until } = started()
    const body = { app: "alerts", to: { users: ["zhangsan"] }, msgtype: "text", text: { content } }
    const { json } = await request("/v1/messages", { body })
    const message = await until(json.id, "sent", "failed")
    const attempts = await request(`/v1/messages/${json.id}/attempts`)
    return { message, attempts: attempts.json.items }
  }

  // proves 29.P14: text that no store keeps
  test("a success whose errmsg and msgid hold NUL and half a character is settled by its first attempt", async () => {
    const { request } = started()
    await addFault(started(), {
      path: "message/send",
      kind: "errcode",
      errcode: 0,
      acts: true,
      body: { errmsg: BAD, msgid: `m${BAD}` },
    })
    const { message, attempts } = await send("1")
    assert.equal(message["state"], "sent")
    assert.deepEqual(
      attempts.map(({ errcode, errmsg }) => [errcode, errmsg]),
      [[0, CLEANED]],
    )
    const recipients = await request(`/v1/messages/${message["id"]}/recipients`)
    assert.equal(recipients.json.items[0].msgid, `m${CLEANED}`)
  })

  // proves 29.P14: text that no store keeps
  test("a refusal whose errmsg holds NUL and half a character is settled by its first attempt", async () => {
    await addFault(started(), { path: "message/send", kind: "errcode", errcode: 44004, body: { errmsg: BAD } })
    const { message, attempts } = await send("2")
    assert.equal(message["state"], "failed")
    assert.deepEqual(
      attempts.map(({ errcode, errmsg }) => [errcode, errmsg]),
      [[44004, CLEANED]],
    )
  })

  test("an errmsg that is cut to its limit is not cut within a character", async () => {
    await addFault(started(), { path: "message/send", kind: "errcode", errcode: 44004, body: { errmsg: LONG } })
    const { attempts } = await send("3")
    assert.equal(attempts[0]?.["errmsg"], "x".repeat(499))
  })
})
