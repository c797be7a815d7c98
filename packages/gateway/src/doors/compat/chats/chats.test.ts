import assert from "node:assert/strict"
import { test } from "node:test"
import { addFault, onEachStore } from "../../http/testing/each-store.ts"
import { changed } from "../testing/changed.ts"
import { startCompat } from "../testing/compat-under-test.ts"
import { ROOT, tokenOfChatMaker } from "../testing/token-of-chat-maker.ts"

type Json = Record<string, unknown>

const USERLIST = ["zhangsan", "lisi"]

onEachStore("appchat/create, update and get through the drop-in", (started) => {
  const tokenFor = (wish?: Json): Promise<string> => tokenOfChatMaker(started(), wish)
  const call = async (path: string, token: string, body?: Json, query = ""): Promise<Json> => {
    const init = { key: null, ...(body === undefined ? {} : { body }) }
    return (await started().request(`/cgi-bin/appchat/${path}?access_token=${token}${query}`, init)).json
  }
  const create = (token: string, chat: Json = {}, query = "") =>
    call("create", token, { userlist: USERLIST, ...chat }, query)
  const get = (token: string, chatid: unknown, query = "") =>
    call("get", token, undefined, `&chatid=${String(chatid)}${query}`)
  const chatsThere = async (name: string): Promise<number> => {
    const { chats } = (await (await fetch(`${started().simulator.url}/_sim/org`)).json()) as { chats: Json[] }
    return chats.filter((chat) => chat["name"] === name).length
  }

  // proves 32.compat-chats: made, changed and shown, as WeCom answers
  test("a chat is made, shown and changed, and a message goes into it; `/v1/chats` and the trail know it", async () => {
    const token = await tokenFor()
    const made = await create(token, { name: "发布", owner: "lisi", comment: "left aside" })
    const chatid = String(made["chatid"])
    assert.deepEqual(made, { errcode: 0, errmsg: "ok", chatid })
    assert.match(chatid, /^[0-9A-Za-z]{1,32}$/)
    const chat_info = { chatid, name: "发布", owner: "lisi", userlist: USERLIST, chat_type: 0 }
    assert.deepEqual(await get(token, chatid), { errcode: 0, errmsg: "ok", chat_info })
    const change = { chatid, name: "夜班", owner: "", add_user_list: ["WangWu"], del_user_list: ["zhangsan"] }
    assert.deepEqual(await call("update", token, change), { errcode: 0, errmsg: "ok" })
    const { name, owner, userlist } = Object((await get(token, chatid))["chat_info"])
    assert.deepEqual([name, owner, userlist], ["夜班", "lisi", ["lisi", "WangWu"]])
    const text = { chatid, msgtype: "text", text: { content: "开始" } }
    assert.equal((await call("send", token, text))["errcode"], 0)
    assert.equal((await started().phone("WangWu")).filter(({ chat }) => chat === chatid).length, 1)
    assert.equal((await started().request(`/v1/chats/${chatid}?app=all`)).json.name, "夜班")
    const trail = (await started().request("/v1/audit")).json.items.filter(({ target }: Json) => target === chatid)
    assert.deepEqual(
      trail.map(({ action, detail }: Json) => [action, detail]),
      [
        ["chat.changed", { name: true, owner: false, added: 1, removed: 1 }],
        ["chat.created", { members: 2 }],
      ],
    )
  })

  // proves 32.compat-chats: what WeCom refuses, by its codes
  test("what WeCom or the key refuses is its code, and nothing is made or changed", async () => {
    const token = await tokenFor()
    for (const [path, body, errcode] of [
      ["create", { userlist: [] }, 86204],
      ["create", {}, 86204],
      ["create", { userlist: ["lisi"] }, 86006],
      ["create", { userlist: "lisi" }, 40035],
      ["create", { userlist: ["lisi", "nobody"] }, 86007],
      ["create", { userlist: USERLIST, owner: "WangWu" }, 86207],
      ["create", { userlist: USERLIST, chatid: "on-call" }, 86001],
      ["create", { userlist: ["lisi", "WangWu"], chatid: "simchat" }, 86215],
      ["update", { name: "x" }, 86201],
      ["update", { chatid: "nowhere", name: "x" }, 40050],
      ["update", { chatid: "值班群", name: "x" }, 40050],
      ["update", { chatid: "simchat", add_user_list: ["nobody"] }, 86216],
      ["update", { chatid: "simchat", del_user_list: ["lisi"] }, 86006],
    ] as const) {
      const answer = await call(path, token, body)
      assert.equal(answer["errcode"], errcode, `${path} ${JSON.stringify(body)} ${JSON.stringify(answer)}`)
    }
    for (const [chatid, errcode] of [
      ["", 86201],
      ["nowhere", 40050],
      ["a%20b", 40050],
    ] as const) {
      assert.equal((await get(token, chatid))["errcode"], errcode, chatid)
    }
    assert.equal((await call("get", token, { chatid: "simchat" }))["errcode"], 40058)
    const reader = await tokenFor({ scopes: ["read"] })
    assert.equal((await create(reader))["errcode"], 48002)
    assert.equal((await call("update", reader, { chatid: "simchat", name: "x" }))["errcode"], 48002)
    assert.equal((await get(reader, "simchat"))["errcode"], 0)
    const capped = await tokenFor({ audience_cap: 100 })
    assert.equal((await create(capped))["errcode"], 60011)
    assert.equal((await call("update", capped, { chatid: "simchat", name: "x" }))["errcode"], 60011)
    // The app does not see the whole corp.
    assert.equal((await create(await tokenFor({ apps: ["alerts"] })))["errcode"], 48002)
    assert.deepEqual(Object((await get(token, "simchat"))["chat_info"]).name, "值班群")
  })

  // proves 32.compat-chats: the app of a key with several
  test("of several apps it is the one in the query, else the one whose chat the gateway knows", async () => {
    const token = await tokenFor({ apps: ["alerts", "all"] })
    assert.equal((await create(token))["errcode"], 41011)
    const { chatid } = await create(token, {}, `&agentid=${ROOT}`)
    assert.equal((await get(token, chatid))["errcode"], 0)
    assert.equal((await call("update", token, { chatid, name: "已知" }))["errcode"], 0)
    assert.equal((await get(token, "unheard"))["errcode"], 41011)
    assert.equal((await create(token, {}, "&agentid=1"))["errcode"], 301002)
    assert.equal((await get(token, chatid, "&agentid=x"))["errcode"], 40056)
  })

  for (const chatid of [undefined, "named"]) {
    // proves 32.compat-chats: asked again, and an answer that was lost
    test(`an equal body joins one under way and one in doubt (chatid: ${chatid}); then it is a chat of its own`, async () => {
      const token = await tokenFor()
      const chat = { name: `群聊${chatid}`, ...(chatid === undefined ? {} : { chatid }) }
      await addFault(started(), { path: "appchat/create", kind: "reset_before" })
      const lost = await create(token, chat)
      assert.equal(lost["errcode"], -1)
      assert.match(String(lost["errmsg"]), /did not arrive/)
      if (chatid !== undefined) assert.equal((await get(token, chatid))["errcode"], -1)
      await addFault(started(), { path: "appchat/create", kind: "slow", delay_ms: 300 })
      const [one, other] = await Promise.all([create(token, chat), create(token, chat)])
      assert.equal(one["errcode"], 0, JSON.stringify(one))
      assert.deepEqual(one, other)
      assert.equal(await chatsThere(chat.name), 1)
      for (let count = 2; count <= 5; count++) {
        const again = await create(token, chat)
        if (chatid === undefined) assert.notEqual(again["chatid"], one["chatid"])
        else assert.equal(again["errcode"], 86215)
        assert.equal(await chatsThere(chat.name), chatid === undefined ? count : 1)
      }
    })
  }

  // proves 32.compat-chats: asked again, and an answer that was lost
  test("an answer that is lost after WeCom has acted is found out, of a creation and of a change", async () => {
    const token = await tokenFor()
    await addFault(started(), { path: "appchat/create", kind: "reset_after" })
    const { chatid, errcode } = await create(token, { name: "丢失" })
    assert.equal(errcode, 0)
    assert.equal(await chatsThere("丢失"), 1)
    await addFault(started(), { path: "appchat/update", kind: "reset_after" })
    assert.equal((await call("update", token, { chatid, name: "改名" }))["errcode"], 0)
    await addFault(started(), { path: "appchat/update", kind: "reset_before" })
    assert.equal((await call("update", token, { chatid, name: "再改" }))["errcode"], -1)
    assert.equal((await call("update", token, { chatid, name: "再改" }))["errcode"], 0)
  })

  // proves 32.compat-chats: WeCom away, and limits
  test("while WeCom is away a known chat is shown as it was; a limit is 45009", async () => {
    const token = await tokenFor()
    const { chatid } = await create(token, { name: "已知群" })
    await addFault(started(), { path: "appchat/get", kind: "reset_before", times: 9 })
    assert.equal(Object((await get(token, chatid))["chat_info"]).name, "已知群")
    assert.equal((await get(token, "unheard"))["errcode"], -1)
    await fetch(`${started().simulator.url}/_sim/faults`, { method: "DELETE" })
    await addFault(started(), { path: "appchat/update", kind: "errcode", errcode: 45009 })
    assert.equal((await call("update", token, { chatid, name: "太多" }))["errcode"], 45009)
  })
})

// proves 32.compat-chats: WeCom away, and limits
test("where the gateways have counted as many as WeCom takes, 45009 says for how long to wait", async () => {
  let until = 0
  await using compat = await startCompat({
    wrap: (dispatcher) =>
      changed(dispatcher, {
        createChat: async () => ({ kind: "limit", what: "made", untilMs: until }),
        changeChat: async () => ({ kind: "limit", what: "changed", untilMs: until }),
      }),
  })
  until = compat.clock.now() + 90_000
  const { key } = await compat.key()
  const made = await compat.call("appchat/create", { userlist: USERLIST }, key)
  const renamed = await compat.call("appchat/update", { chatid: "c", name: "x" }, key)
  for (const { errcode, errmsg } of [made, renamed]) {
    assert.equal(errcode, 45009)
    assert.match(errmsg, /wait (?:90|8\d) s/)
  }
})
