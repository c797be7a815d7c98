import assert from "node:assert/strict"
import { test } from "node:test"
import { lookUpErrcode } from "@wecom-push/protocol"
import { addFault, onEachStore } from "./testing/each-store.ts"
import type { OnAStore } from "./testing/each-store.ts"

const post = (body: unknown) => ({ method: "POST", body: JSON.stringify(body) })
const text = (content: string) => ({ msgtype: "text", text: { content } })

onEachStore("group chats as recipients", (started) => {
  /** An app that sees the whole corp, and a chat of its own for each test. */
  let count = 0
  const chat = async (members: readonly string[] = ["zhangsan", "lisi"]): Promise<string> => {
    await register()
    const chatid = `chat${++count}`
    await setChats(started(), (chats) => [...chats, { chatid, agentid: ROOT, members }])
    return chatid
  }
  const register = async (): Promise<void> => {
    const app = { name: "all", corp_id: "ww0000000000000001", agent_id: ROOT, secret: "sim-secret-root" }
    const { status } = await started().request("/v1/apps", post(app))
    assert.ok(status === 201 || status === 409)
  }
  const ask = (message: object) => started().request("/v1/messages", post({ app: "all", ...message }))
  const send = async (message: object): Promise<string> => {
    const { status, json } = await ask(message)
    assert.equal(status, 202, JSON.stringify(json))
    return String(json["id"])
  }
  const rowsOf = async (id: string) => (await started().request(`/v1/messages/${id}/recipients`)).json["items"]
  const shownIn = async (userid: string, chatid: string) =>
    (await started().phone(userid)).filter((shown) => shown["chat"] === chatid).map(({ body }) => body)

  // proves 32.chats: a message into a chat, with its row
  test("a message into two chats makes a call for each, and is on the phones of their members once", async () => {
    const chats = [await chat(), await chat(["lisi", "WangWu"])]
    const id = await send({ to: { chats }, ...text("发布完成") })
    await started().until(id, "sent")
    assert.deepEqual(
      (await rowsOf(id)).map(({ type, address, state, msgid }: Row) => [type, address, state, msgid]),
      chats.map((chatid) => ["chat", chatid, "sent", null]),
    )
    for (const chatid of chats) assert.equal((await shownIn("lisi", chatid)).length, 1)
    assert.equal((await started().request(`/v1/messages/${id}`)).json["calls"], 2)
  })

  // proves 32.chats: people and chats in one message
  test("people and chats may be named in one message: each goes its own way", async () => {
    const chatid = await chat()
    const to = { mobiles: ["13800000003"], users: ["007"], chats: [chatid, chatid] }
    const id = await send({ to, ...text("同时通知") })
    await started().until(id, "sent")
    assert.deepEqual(
      (await rowsOf(id)).map(({ type, state, msgid }: Row) => [type, state, msgid !== null]),
      [
        ["user", "sent", true],
        ["mobile", "sent", true],
        ["chat", "sent", false],
        ["chat", "sent", false],
      ],
    )
    assert.equal((await shownIn("zhangsan", chatid)).length, 1)
    const recalled = await started().request(`/v1/messages/${id}/recall`, { method: "POST" })
    assert.equal(recalled.status, 200, JSON.stringify(recalled.json))
    assert.deepEqual(recalled.json["calls"].map(({ result }: { result: string }) => result).toSorted(), [
      "not_supported",
      "recalled",
    ])
    assert.deepEqual(
      (await rowsOf(id)).map(({ state }: Row) => state),
      ["recalled", "recalled", "sent", "sent"],
    )
  })

  // proves 32.chats: the result of each chat
  test("an unknown chat, a disbanded one, and one of another app fail alone, each with WeCom's code", async () => {
    const good = await chat()
    const [gone, others] = [await chat(), await chat()]
    await setChats(started(), (chats) =>
      chats.map((one) => ({
        ...one,
        ...(one["chatid"] === gone && { disbanded: true }),
        ...(one["chatid"] === others && { agentid: 1_000_002 }),
      })),
    )
    const id = await send({ to: { chats: ["nowhere", gone, others, "值班群", good] }, ...text("一次") })
    await started().until(id, "partly_sent")
    assert.deepEqual(
      (await rowsOf(id)).map(({ state, errcode, reason }: Row) => [state, errcode, reason]),
      [
        ["invalid", 40050, "refused_alone"],
        ["invalid", 49008, "refused_alone"],
        ["invalid", 86008, "refused_alone"],
        ["invalid", null, "malformed_chatid"],
        ["sent", null, null],
      ],
    )
  })

  // proves 32.chats: an app without the root department
  test("an app that does not see the whole corp gets 48002, and the result says what to do, in both languages", async () => {
    const chatid = await chat()
    const id = await send({ app: "alerts", to: { chats: [chatid] }, ...text("x") })
    const { problem } = await started().until(id, "failed")
    assert.equal(problem.errcode, 48002)
    const { en = "", zh = "" } = lookUpErrcode(problem.errcode)?.todo ?? {}
    assert.match(en, /root department/)
    assert.match(zh, /根部门/)
  })

  // proves 32.chats: a lost answer
  test("a lost answer leaves the chat in doubt, its message is shown once, and nothing can be recalled", async () => {
    const chatid = await chat()
    await addFault(started(), { path: "appchat/send", kind: "reset_after" })
    const lost = await send({ to: { chats: [chatid] }, ...text("一") })
    await started().until(lost, "in_doubt")
    assert.equal((await rowsOf(lost))[0].reason, "no_check")
    const id = await send({ to: { chats: [chatid] }, ...text("二") })
    await started().until(id, "sent")
    assert.equal((await shownIn("lisi", chatid)).length, 2)
    const recalled = await started().request(`/v1/messages/${id}/recall`, { method: "POST" })
    assert.deepEqual([recalled.status, recalled.json["code"]], [409, "not_supported"])
  })

  // proves 32.chats: what it cannot send is refused at the door
  test("what a chat cannot show is refused when it comes: 422 names the field", async () => {
    const to = { chats: [await chat()] }
    for (const [message, path, code] of [
      [{ to, msgtype: "template_card", template_card: {} }, "/msgtype", "not_allowed"],
      [{ to: { ...to, users: ["lisi"] }, msgtype: "template_card", template_card: {} }, "/msgtype", "not_allowed"],
      [{ to, ...text("x"), enable_duplicate_check: 1 }, "/enable_duplicate_check", "not_supported"],
      [{ to, ...text("a".repeat(2049)) }, "/text/content", "too_long"],
      [{ to: { ...to, all: true }, ...text("x") }, "/to/chats", "conflict"],
      [{ to: { chats: [7] }, ...text("x") }, "/to/chats/0", "wrong_type"],
      [{ to: { chats: [] }, ...text("x") }, "/to", "required"],
      [{ to: { chat: ["x"] }, ...text("x") }, "/to/chat", "unknown_field"],
    ] as const) {
      const { status, json } = await ask(message)
      const { errors } = json as { errors: { path: string; code: string }[] }
      assert.ok(status === 422 || status === 400, JSON.stringify(json))
      assert.ok(
        errors.some((error) => error.path === path && error.code === code),
        JSON.stringify(errors),
      )
    }
    const split = await send({ to, ...text("日志 ".repeat(500)), overflow: "split" })
    const mentions = await send({ to, msgtype: "text", text: { content: "<@lisi>", mentioned_list: ["@all"] } })
    for (const id of [split, mentions]) await started().until(id, "sent")
  })

  // proves 32.chats: a key with a cap
  test("a key with a cap on its audience sends to no chat, since its members cannot be counted", async () => {
    const chatid = await chat()
    const capped = { name: `capped${count}`, scopes: ["send"], apps: ["all"], audience_cap: 100 }
    const { json } = await started().request("/v1/keys", post(capped))
    const headers = { authorization: `Bearer ${json["key"]}` }
    const refused = await started().request("/v1/messages", {
      ...post({ app: "all", to: { chats: [chatid] }, ...text("x") }),
      headers,
    })
    assert.deepEqual([refused.status, refused.json["errors"][0].code], [422, "not_allowed"])
  })

  // proves 32.chats: the window of a chat, and its delay reason
  test("a chat whose minute is full makes its next message wait as `target_rate`, and nothing else waits", async () => {
    const [busy, other] = [await chat(), await chat()]
    const limit = async (chat_per_minute: number | null) => {
      const change = { method: "PATCH", body: JSON.stringify({ settings: { chat_per_minute } }) }
      assert.equal((await started().request("/v1/apps/all", change)).status, 200)
    }
    await limit(3)
    const ids: string[] = []
    for (let n = 0; n < 3; n++) ids.push(await send({ to: { chats: [busy] }, ...text(`${n}`) }))
    for (const id of ids) await started().until(id, "sent")
    const last = await send({ to: { chats: [busy, other], users: ["lisi"] }, ...text("四") })
    await started().until(last, "sending")
    const areTold = async (): Promise<boolean> =>
      (await rowsOf(last)).every(({ state, reason }: Row) => state !== "pending" || reason !== null)
    while (!(await areTold())) await new Promise((wake) => setTimeout(wake, 20))
    assert.deepEqual(
      (await rowsOf(last)).map(({ state, reason }: Row) => [state, reason]),
      [
        ["sent", null],
        ["pending", "target_rate"],
        ["sent", null],
      ],
    )
    await limit(200)
    await started().until(last, "sent")
    assert.equal((await shownIn("lisi", busy)).length, 4)
  })
})

type Row = Record<string, unknown>
const ROOT = 1_000_004

async function setChats({ simulator }: OnAStore, change: (chats: Row[]) => Row[]): Promise<void> {
  const org = (await (await fetch(`${simulator.url}/_sim/org`)).json()) as { chats: Row[] }
  const init = { method: "PUT", body: JSON.stringify({ ...org, chats: change(org.chats) }) }
  const answer = await fetch(`${simulator.url}/_sim/org`, init)
  assert.ok(answer.ok, await answer.text())
}
