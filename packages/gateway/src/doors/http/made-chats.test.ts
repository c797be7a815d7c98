import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { shared } from "../../../../../tools/testing/shared.ts"
import { addFault, onEachStore } from "./testing/each-store.ts"
import type { OnAStore } from "./testing/each-store.ts"
import { startSeveral } from "./testing/start-several.ts"

const post = (body: unknown, headers = {}) => ({ method: "POST", body: JSON.stringify(body), headers })
const patch = (body: unknown) => ({ method: "PATCH", body: JSON.stringify(body) })
const APP = { name: "all", corp_id: "ww0000000000000001", agent_id: 1_000_004, secret: "sim-secret-root" }
const MEMBERS = { users: ["lisi"], mobiles: ["13800000003"] }

onEachStore("group chats that apps make", (started) => {
  let isRegistered = false
  const ask = async (path: string, init?: object) => {
    if (!isRegistered) assert.equal((await started().request("/v1/apps", post(APP))).status, 201)
    isRegistered = true
    return started().request(path, init)
  }
  const make = async (chat: object, headers = {}) =>
    ask("/v1/chats", post({ app: "all", members: MEMBERS, ...chat }, headers))
  const made = async (chat: object = {}): Promise<string> => {
    const { status, json } = await make(chat)
    assert.equal(status, 201, JSON.stringify(json))
    return String(json["chatid"])
  }
  const calls = (path: string) => callsOf(started(), path)

  // proves 32.made-chats: made, found, listed, and sent into
  test("a chat is made with members by userid and by mobile, is found and listed, and takes a message", async () => {
    const { status, json, headers } = await make({ name: "发布", owner: { mobile: "13800000001" } })
    assert.equal(status, 201, JSON.stringify(json))
    const { chatid, created_at, updated_at, ...chat } = json
    assert.match(chatid, /^[0-9a-f]{32}$/)
    assert.equal(headers.get("location"), `/v1/chats/${chatid}?app=all`)
    const expected = {
      app: "all",
      name: "发布",
      owner: "zhangsan",
      members: ["lisi", "WangWu", "zhangsan"],
      state: "made",
    }
    assert.deepEqual(chat, expected)
    assert.ok(created_at <= updated_at)
    assert.deepEqual((await ask(`/v1/chats/${chatid}?app=all`)).json, json)
    const other = await made({ name: "另一个" })
    const { items } = (await ask("/v1/chats?app=all&limit=2")).json
    assert.deepEqual(
      items.map((one: typeof json) => one["chatid"]),
      [other, chatid],
    )
    const message = { app: "all", to: { chats: [chatid] }, msgtype: "text", text: { content: "开始" } }
    const sent = await ask("/v1/messages", post(message))
    await started().until(sent.json["id"], "sent")
    assert.equal((await started().phone("WangWu")).filter((shown) => shown["chat"] === chatid).length, 1)
  })

  // proves 32.made-chats: name, owner, members by userid and by mobile
  test("name, owner and members are changed, people by userid and by mobile, and the trail says so", async () => {
    const chatid = await made({ name: "旧名" })
    const change = {
      name: "新名",
      owner: { user: "007" },
      add: { mobiles: ["13800000001"], users: ["007"] },
      remove: { users: ["LISI"] },
    }
    const { status, json } = await ask(`/v1/chats/${chatid}?app=all`, patch(change))
    assert.equal(status, 200, JSON.stringify(json))
    assert.deepEqual(
      [json["name"], json["owner"], json["members"].toSorted()],
      ["新名", "007", ["007", "WangWu", "zhangsan"]],
    )
    const entries = (await ask("/v1/audit")).json["items"].filter(({ target }: { target: string }) => target === chatid)
    assert.deepEqual(
      entries.map(({ action, detail }: Record<string, unknown>) => [action, detail]),
      [
        ["chat.changed", { name: true, owner: true, added: 2, removed: 1 }],
        ["chat.created", { members: 2 }],
      ],
    )
  })

  for (const kind of ["reset_after", "reset_before"] as const) {
    // proves 32.made-chats: a lost answer to appchat/create
    test(`an answer to a creation that is lost (${kind}) makes the chat once, however often it is asked for`, async () => {
      const chatid = `once${kind.replace("_", "")}`
      await addFault(started(), { path: "appchat/create", kind })
      const first = await make({ chatid, name: kind })
      if (kind === "reset_before") {
        assert.deepEqual([first.status, first.json["code"]], [503, "chat_in_doubt"])
        assert.match(JSON.stringify(first.json), new RegExp(chatid))
        assert.equal((await ask(`/v1/chats/${chatid}?app=all`)).json["state"], "in_doubt")
      } else assert.equal(first.status, 201)
      const again = await make({ chatid, name: kind })
      assert.ok(again.status < 300, JSON.stringify(again.json))
      const third = await make({ chatid, name: kind })
      assert.deepEqual([third.status, third.json["state"]], [200, "made"])
      assert.equal((await chatsOf(started())).filter((chat) => chat["chatid"] === chatid).length, 1)
    })
  }

  // proves 32.made-chats: no longer there
  test("the request of a chat that is no longer there makes it again; WeCom decides where its id is still taken", async () => {
    const [removed, disbanded] = [await made({ chatid: "removed1" }), await made({ chatid: "disbanded1" })]
    await changeChats(started(), (chats) =>
      chats
        .filter(({ chatid }) => chatid !== removed)
        .map((chat) => (chat["chatid"] === disbanded ? { ...chat, disbanded: true } : chat)),
    )
    const again = await make({ chatid: removed })
    assert.deepEqual([again.status, again.json["state"]], [201, "made"], JSON.stringify(again.json))
    assert.equal((await make({ chatid: removed })).status, 200)
    const gone = await make({ chatid: disbanded })
    assert.deepEqual([gone.status, gone.json["errors"]?.[0]?.errcode], [404, 49008], JSON.stringify(gone.json))
    await addFault(started(), { path: "appchat/get", kind: "reset_before" })
    const unasked = await make({ chatid: removed })
    assert.deepEqual([unasked.status, unasked.json["chatid"]], [200, removed], "as it was while WeCom is away")
  })

  // proves 32.made-chats: both answers lost
  test("where WeCom does not answer a question about a creation either, the same request finds out later", async () => {
    await addFault(started(), { path: "appchat/create", kind: "reset_after" })
    await addFault(started(), { path: "appchat/get", kind: "reset_before" })
    const headers = { "idempotency-key": "deploy-4711" }
    const first = await make({ name: "稍后" }, headers)
    assert.deepEqual([first.status, first.json["code"]], [503, "chat_in_doubt"])
    const again = await make({ name: "稍后" }, headers)
    assert.equal(again.status, 201, JSON.stringify(again.json))
    assert.deepEqual((await make({ name: "稍后" }, headers)).json, again.json)
    assert.equal((await chatsOf(started())).filter((chat) => chat["name"] === "稍后").length, 1)
    const other = await make({ name: "不同" }, headers)
    assert.deepEqual([other.status, other.json["code"]], [422, "idempotency_key_reused"])
  })

  test("two equal requests at once make one chat, and both get it", async () => {
    const both = await Promise.all([make({ chatid: "atonce" }), make({ chatid: "atonce" })])
    assert.deepEqual(
      both.map(({ json }) => [json["chatid"], json["state"]]),
      [
        ["atonce", "made"],
        ["atonce", "made"],
      ],
      JSON.stringify(both.map(({ json }) => json)),
    )
  })

  // proves 32.made-chats: a lost answer to appchat/update
  test("a change whose answer was lost is found to be made, or may be asked again", async () => {
    const chatid = await made()
    await addFault(started(), { path: "appchat/update", kind: "reset_after" })
    const done = await ask(`/v1/chats/${chatid}?app=all`, patch({ name: "改了" }))
    assert.deepEqual([done.status, done.json["name"]], [200, "改了"])
    await addFault(started(), { path: "appchat/update", kind: "reset_before" })
    const lost = await ask(`/v1/chats/${chatid}?app=all`, patch({ name: "又改" }))
    assert.deepEqual([lost.status, lost.json["code"]], [503, "chat_in_doubt"])
    assert.equal((await ask(`/v1/chats/${chatid}?app=all`, patch({ name: "又改" }))).json["name"], "又改")
  })

  // proves 32.made-chats: a chat that another program made
  test("a chat that another program has made is asked of WeCom, and kept", async () => {
    const { status, json } = await ask("/v1/chats/simchat?app=all")
    assert.deepEqual([status, json["name"], json["owner"]], [200, "值班群", "zhangsan"])
    assert.ok((await ask("/v1/chats?app=all")).json["items"].some((one: typeof json) => one["chatid"] === "simchat"))
  })

  // proves 32.made-chats: what is wrong is refused, with the field
  test("what cannot be a chat is refused with the field, before WeCom is asked", async () => {
    const before = (await calls("appchat/create")).length
    for (const [chat, path, code] of [
      [{ members: { users: ["lisi"] } }, "/members", "too_few"],
      [{ members: { users: ["lisi", "李四"] } }, "/members/users/1", "bad_format"],
      [{ members: { users: ["lisi"], mobiles: ["13812345678"] } }, "/members/mobiles/0", "not_found"],
      [{ owner: {} }, "/owner", "required"],
      [{ owner: { user: "lisi", mobile: "13800000001" } }, "/owner", "required"],
      [{ chatid: "on-call" }, "/chatid", "bad_format"],
      [{ name: "群".repeat(51) }, "/name", "too_long"],
      [{ topic: "x" }, "/topic", "unknown_field"],
    ] as const) {
      const { status, json } = await make(chat)
      assert.ok(status === 422 || status === 400, JSON.stringify(json))
      assert.deepEqual([json["errors"][0].path, json["errors"][0].code], [path, code], JSON.stringify(json))
    }
    assert.equal((await calls("appchat/create")).length, before)
    for (const [language, detail] of [
      ["en", "/chatid must be 1 to 32 letters and digits; correct it."],
      ["zh-CN", "/chatid 应为 1 到 32 个字母和数字，请改正。"],
    ] as const) {
      const { json } = await make({ chatid: "on-call" }, { "accept-language": language })
      assert.equal(json["errors"][0].detail, detail)
    }
    const nothing = await ask("/v1/chats/simchat?app=all", patch({}))
    assert.deepEqual([nothing.status, nothing.json["errors"][0].code], [422, "required"])
  })

  // proves 32.made-chats: WeCom's refusals, with what to do, in both languages
  test("what WeCom refuses is refused with its code and what to do, in both languages, and leaves nothing behind", async () => {
    await addFault(started(), { path: "appchat/create", kind: "errcode", errcode: 48002, times: 2 })
    for (const [language, words] of [
      ["en", /48002.*root department/],
      ["zh-CN", /48002.*根部门/],
    ] as const) {
      const { status, json } = await make({ chatid: "refused" }, { "accept-language": language })
      assert.deepEqual([status, json["code"], json["errors"][0].errcode], [409, "chat_refused", 48002])
      assert.match(json["detail"], words)
    }
    assert.equal((await make({ chatid: "refused" })).status, 201)
    await addFault(started(), { path: "appchat/create", kind: "errcode", errcode: 48002 })
    assert.equal((await make({ chatid: "another", name: "一" })).status, 409)
    assert.equal((await make({ chatid: "another", name: "二" })).status, 201, "its id is free for another request")
    const few = await ask("/v1/chats/refused?app=all", patch({ remove: { users: ["lisi"] } }))
    assert.deepEqual([few.status, few.json["errors"][0].errcode], [409, 86006])
    const unknown = await ask("/v1/chats/none?app=all", patch({ name: "x" }))
    assert.deepEqual([unknown.status, unknown.json["errors"][0].errcode], [404, 40050])
    const nowhere = await ask("/v1/chats/nowhere?app=all")
    assert.deepEqual([nowhere.status, nowhere.json["errors"][0].errcode], [404, 40050])
    const taken = await make({ chatid: "simchat" })
    assert.deepEqual([taken.status, taken.json["code"]], [409, "chat_exists"])
  })

  // proves 32.made-chats: keys
  test("a key with a cap, one that holds another app, and one that may only read make no chats", async () => {
    const keyed = async (key: object) => {
      const { json } = await ask("/v1/keys", post({ name: "k", ...key }))
      return { authorization: `Bearer ${json["key"]}` }
    }
    const capped = await make({}, await keyed({ scopes: ["send"], apps: ["all"], audience_cap: 9 }))
    assert.deepEqual([capped.status, capped.json["errors"][0].code], [422, "not_allowed"])
    const other = await keyed({ scopes: ["send"], apps: ["alerts"] })
    assert.equal((await make({}, other)).status, 404)
    assert.equal((await ask("/v1/chats?app=all", { headers: other })).status, 404)
    const reader = await keyed({ scopes: ["read"], apps: ["all"] })
    assert.equal((await make({}, reader)).status, 403)
    assert.equal((await ask("/v1/chats?app=all", { headers: reader })).status, 200)
  })
})

suite("group chats on two gateways", () => {
  const several = shared(async (resources) => resources.use(await startSeveral(2)))

  // proves 32.made-chats: each gateway of a database knows it at once
  test("a chat that one gateway made is known to the other, which changes it, and both count together", async () => {
    assert.equal((await several().request(0, "/v1/apps", post(APP))).status, 201)
    const chat = { app: "all", chatid: "shared", members: MEMBERS }
    assert.equal((await several().request(0, "/v1/chats", post(chat))).status, 201)
    assert.equal((await several().request(1, "/v1/chats/shared?app=all")).json["state"], "made")
    assert.equal((await several().request(1, "/v1/chats", post(chat))).status, 200)
    const { json } = await several().request(1, "/v1/chats/shared?app=all", patch({ name: "两个网关" }))
    assert.equal((await several().request(0, "/v1/chats/shared?app=all")).json["name"], json["name"])
  })
})

async function callsOf({ simulator }: OnAStore, path: string): Promise<readonly unknown[]> {
  const { calls } = (await (await fetch(`${simulator.url}/_sim/calls?path=${path}`)).json()) as { calls: unknown[] }
  return calls
}

type Chats = readonly Record<string, unknown>[]

async function changeChats({ simulator }: OnAStore, change: (chats: Chats) => Chats): Promise<void> {
  const org = (await (await fetch(`${simulator.url}/_sim/org`)).json()) as { chats: Chats }
  const init = { method: "PUT", body: JSON.stringify({ ...org, chats: change(org.chats) }) }
  const answer = await fetch(`${simulator.url}/_sim/org`, init)
  assert.ok(answer.ok, await answer.text())
}

async function chatsOf({ simulator }: OnAStore): Promise<readonly Record<string, unknown>[]> {
  const org = (await (await fetch(`${simulator.url}/_sim/org`)).json()) as { chats: Record<string, unknown>[] }
  return org.chats
}
