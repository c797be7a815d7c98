import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { ALERTS, ROOT, simClient, type SimClient } from "../testing/sim-client.ts"

const url = "https://example.com/a"
const text = (content: string, more = {}) => ({ msgtype: "text", text: { content, ...more } })
const ofType = (msgtype: string, payload: unknown) => ({ msgtype, [msgtype]: payload })
const news = (article: object, count = 1) => ofType("news", { articles: Array.from({ length: count }, () => article) })
const mpArticle = { title: "t", thumb_media_id: "IMAGE", content: "<p>x</p>" }

type Owner = { readonly secret: string }

async function call(sim: SimClient, path: `appchat/${string}`, body: unknown, app: Owner = ROOT) {
  return sim.post(path, { access_token: await sim.token(app) }, body)
}

async function chatInfo(sim: SimClient, chatid: string, app: Owner = ROOT) {
  return sim.get("appchat/get", { access_token: await sim.token(app), chatid })
}

async function send(sim: SimClient, message: object, chatid = "simchat") {
  return call(sim, "appchat/send", { chatid, ...message })
}

const many = (count: number) => Array.from({ length: count }, (_, n) => `m${String(n + 1).padStart(6, "0")}`)

/** What `appchat/create` answers, by the section of the reference. */
const CREATES: readonly (readonly [section: string, title: string, chat: unknown, errcode: number])[] = [
  ["7.1", "2 members", { userlist: ["zhangsan", "lisi"] }, 0],
  ["7.1", "2000 members", { userlist: many(2000) }, 0],
  ["7.1, 11.6", "2001 members", { userlist: many(2001) }, 86006],
  ["7.1, 11.6", "1 member", { userlist: ["zhangsan"] }, 86006],
  ["7.1, 11.6", "the same member twice", { userlist: ["zhangsan", "ZhangSan"] }, 86006],
  ["11.6", "no members", { userlist: [] }, 86204],
  ["11.6", "no userlist", { name: "值班" }, 86204],
  ["1, 11.3", "a userlist that is a string", { userlist: "zhangsan|lisi" }, 40035],
  ["7.1, 11.6", "a member of no corp of ours", { userlist: ["zhangsan", "stranger"] }, 86007],
  ["11.6", "a name that is no text", { name: 7, userlist: ["zhangsan", "lisi"] }, 86004],
  ["7.1", "an owner", { owner: "LISI", userlist: ["zhangsan", "lisi"] }, 0],
  ["11.6", "an owner who does not exist", { owner: "stranger", userlist: ["zhangsan", "lisi"] }, 86005],
  ["11.6", "an owner who is no member", { owner: "007", userlist: ["zhangsan", "lisi"] }, 86207],
  ["7.1", "a chatid of 32", { chatid: "a1".repeat(16), userlist: ["zhangsan", "lisi"] }, 0],
  ["7.1, 11.6", "a chatid of 33", { chatid: "a".repeat(33), userlist: ["zhangsan", "lisi"] }, 86205],
  ["7.1, 11.6", "a chatid with a hyphen", { chatid: "on-call", userlist: ["zhangsan", "lisi"] }, 86001],
  ["11.6", "a chatid that is there already", { chatid: "simchat", userlist: ["zhangsan", "lisi"] }, 86215],
]

/** What `appchat/update` answers. */
const UPDATES: readonly (readonly [section: string, title: string, change: object, errcode: number])[] = [
  ["7.1", "a name", { name: "夜班" }, 0],
  ["7.1", "another owner", { owner: "lisi" }, 0],
  ["7.1", "more members", { add_user_list: ["WangWu", "007"] }, 0],
  ["7.1", "one out, one in", { add_user_list: ["WangWu"], del_user_list: ["lisi"] }, 0],
  ["7.1, 11.6", "too few left", { del_user_list: ["lisi"] }, 86006],
  ["11.6", "an unknown member in", { add_user_list: ["stranger"] }, 86216],
  ["11.6", "an unknown member out", { del_user_list: ["stranger"] }, 86216],
  ["11.6", "an owner who does not exist", { owner: "stranger" }, 86005],
  ["11.6", "an owner who is no member", { owner: "007" }, 86207],
  ["1, 11.3", "a list that is a string", { add_user_list: "WangWu" }, 40035],
  ["11.6", "no chatid", { chatid: "", name: "夜班" }, 86201],
  ["7.1, 11.6", "an unknown chat", { chatid: "none", name: "夜班" }, 40050],
]

/** What `appchat/send` answers. `FILE` and the like are ids of small files of that type. */
const MESSAGES: readonly (readonly [section: string, title: string, message: object, errcode: number])[] = [
  ["7.1", "text", text("你好"), 0],
  ["7.1", "text without content", text(""), 44004],
  ["7.1", "mentioned_list", text("x", { mentioned_list: ["zhangsan", "@all"] }), 0],
  ["7.1", "image", ofType("image", { media_id: "IMAGE" }), 0],
  ["7.1", "voice", ofType("voice", { media_id: "VOICE" }), 0],
  ["7.1", "video", ofType("video", { media_id: "VIDEO", title: "t" }), 0],
  ["7.1", "file", ofType("file", { media_id: "FILE" }), 0],
  ["7.1, 11.5", "a file of an unknown media_id", ofType("file", { media_id: "3mEdIa" }), 40007],
  ["7.1, 11.5", "a file of another type", ofType("image", { media_id: "FILE" }), 40007],
  ["7.1, 11.5", "a file without media_id", ofType("file", {}), 41006],
  ["7.1", "textcard", ofType("textcard", { title: "t", description: "d", url }), 0],
  ["7.1, 11.3", "textcard without description", ofType("textcard", { title: "t", url }), 41033],
  ["7.1", "news", news({ title: "t", url }, 8), 0],
  ["7.1, 11.3", "9 articles", news({ title: "t", url }, 9), 45008],
  ["7.1, 11.3", "an article without url", news({ title: "t" }), 41010],
  ["7.1", "an article of a mini program", news({ title: "t", appid: "wx1", pagepath: "p" }), 41010],
  ["7.1", "mpnews", ofType("mpnews", { articles: [mpArticle] }), 0],
  [
    "7.1, 11.3",
    "mpnews whose author is too long",
    ofType("mpnews", { articles: [{ ...mpArticle, author: "a".repeat(65) }] }),
    45032,
  ],
  ["7.1", "markdown", ofType("markdown", { content: "# 值班" }), 0],
  ["7.1", "safe", { ...text("x"), safe: 1 }, 0],
  ["7.1", "safe in a string", { ...text("x"), safe: "1" }, 0],
  ["7.1, 11.6", "template_card", ofType("template_card", { card_type: "text_notice" }), 86214],
  ["7.1, 11.6", "miniprogram_notice", ofType("miniprogram_notice", { appid: "wx1" }), 86214],
  ["11.3", "no msgtype", { text: { content: "x" } }, 40008],
  ["11.3", "a type that WeCom does not have", ofType("poem", {}), 40008],
  ["11.6", "no chatid", { ...text("x"), chatid: "" }, 86201],
  ["7.1, 11.6", "an unknown chat", { ...text("x"), chatid: "none" }, 40050],
]

suite("appchat", () => {
  for (const [section, title, chat, errcode] of CREATES) {
    // proves 32.chat-sim: each rule of appchat/create, with its section
    test(`${section}: create with ${title}: ${errcode}`, async () => {
      await using sim = await simClient({ members: title.includes("200") ? 2001 : 0 })
      assert.equal((await call(sim, "appchat/create", chat)).errcode, errcode)
    })
  }

  for (const [section, title, change, errcode] of UPDATES) {
    // proves 32.chat-sim: each rule of appchat/update
    test(`${section}: update with ${title}: ${errcode}`, async () => {
      await using sim = await simClient()
      assert.equal((await call(sim, "appchat/update", { chatid: "simchat", ...change })).errcode, errcode)
    })
  }

  for (const [section, title, message, errcode] of MESSAGES) {
    // proves 32.chat-sim: each rule of appchat/send
    test(`${section}: send ${title}: ${errcode}`, async () => {
      await using sim = await simClient()
      assert.equal((await send(sim, await withFiles(sim, message))).errcode, errcode)
      assert.equal((await sim.copies("lisi")).length, errcode === 0 ? 1 : 0)
    })
  }

  test("7.1: a chat is made, changed and shown", async () => {
    await using sim = await simClient()
    const made = await call(sim, "appchat/create", {
      name: "群".repeat(51),
      owner: "zhangsan",
      userlist: ["zhangsan", "LiSi"],
    })
    const chatid = String(made["chatid"])
    assert.match(chatid, /^[0-9A-Za-z]{32}$/)
    const change = { chatid, name: "夜班", add_user_list: ["wangwu"], del_user_list: ["zhangsan"] }
    assert.equal((await call(sim, "appchat/update", change)).errcode, 0)
    const { chat_info: info } = await chatInfo(sim, chatid)
    const { owner, ...rest } = info as Record<string, unknown>
    assert.deepEqual(rest, { chatid, name: "夜班", userlist: ["lisi", "WangWu"], chat_type: 0 })
    assert.ok(["lisi", "WangWu"].includes(String(owner)), String(owner))
    assert.equal((await call(sim, "appchat/update", { chatid, owner: "wangwu" })).errcode, 0)
    const org = (await (await sim.control("GET", "org")).json()) as { chats: { chatid: string; owner: string }[] }
    assert.deepEqual(
      org.chats.map((chat) => [chat.chatid === "simchat", chat.owner]),
      [
        [true, "zhangsan"],
        [false, "WangWu"],
      ],
    )
  })

  test("7.1: a name of over 50 characters is cut", async () => {
    await using sim = await simClient()
    const { chatid } = await call(sim, "appchat/create", { name: "群".repeat(51), userlist: ["zhangsan", "lisi"] })
    const { chat_info: info } = await chatInfo(sim, String(chatid))
    assert.equal((info as Record<string, unknown>)["name"], "群".repeat(50))
  })

  test("7.1: an app that does not see the root department may do nothing: 48002", async () => {
    await using sim = await simClient()
    assert.equal((await call(sim, "appchat/create", { userlist: ["zhangsan", "lisi"] }, ALERTS)).errcode, 48002)
    assert.equal((await call(sim, "appchat/update", { chatid: "simchat", name: "x" }, ALERTS)).errcode, 48002)
    assert.equal((await call(sim, "appchat/send", { chatid: "simchat", ...text("x") }, ALERTS)).errcode, 48002)
    assert.equal((await chatInfo(sim, "simchat", ALERTS)).errcode, 48002)
  })

  test("7.1, 11.6: a chat of another app: 86008; one that was disbanded: 49008", async () => {
    await using sim = await simClient()
    await sim.org((org) => {
      Object.assign(org.apps[0] ?? {}, { visible: { departments: [1], members: [], tags: [] } })
      org.chats.push({ chatid: "gone", agentid: ROOT.agentid, members: ["zhangsan", "lisi"], disbanded: true })
    })
    assert.equal((await call(sim, "appchat/send", { chatid: "simchat", ...text("x") }, ALERTS)).errcode, 86008)
    assert.equal((await call(sim, "appchat/update", { chatid: "simchat", name: "x" }, ALERTS)).errcode, 86008)
    assert.equal((await chatInfo(sim, "simchat", ALERTS)).errcode, 86008)
    assert.equal((await send(sim, text("x"), "gone")).errcode, 49008)
    assert.equal((await chatInfo(sim, "gone")).errcode, 49008)
    assert.equal((await chatInfo(sim, "none")).errcode, 40050)
    assert.equal((await chatInfo(sim, "")).errcode, 86201)
  })

  test("7.1: the answer of a send has no msgid, and the members see it, each once", async () => {
    await using sim = await simClient()
    assert.deepEqual(await send(sim, text("<@zhangsan> 值班")), { errcode: 0, errmsg: "ok" })
    const copies = await sim.copies()
    assert.deepEqual(
      copies.map(({ userid, agentid, chat, payload }) => [userid, agentid, chat, payload]),
      ["zhangsan", "lisi"].map((userid) => [userid, ROOT.agentid, "simchat", { content: "<@zhangsan> 值班" }]),
    )
  })

  test("7.1: text and markdown of over 2,048 bytes are cut, or refused if so set", async () => {
    await using sim = await simClient()
    const long = "a".repeat(2049)
    assert.equal((await send(sim, text(long))).errcode, 0)
    assert.equal((await send(sim, ofType("markdown", { content: long }))).errcode, 0)
    assert.deepEqual(
      (await sim.copies("lisi")).map(({ payload }) => String(payload["content"]).length),
      [2048, 2048],
    )
    await sim.settings({ long_text: "refuse", long_markdown: "refuse" })
    assert.equal((await send(sim, text(long))).errcode, 45002)
    assert.equal((await send(sim, ofType("markdown", { content: long }))).errcode, 45002)
  })

  test("1: a body that is no JSON is warned of, and refused if so set", async () => {
    await using sim = await simClient()
    const { errcode, errmsg } = await call(sim, "appchat/create", "{")
    assert.equal(errcode, 86204)
    assert.match(errmsg, /^Warning: wrong json format/)
    await sim.settings({ json_mistakes: "refuse" })
    assert.equal((await call(sim, "appchat/send", "{")).errcode, 40058)
  })

  test("1: the wrong verb", async () => {
    await using sim = await simClient()
    assert.equal((await sim.get("appchat/send", { access_token: await sim.token(ROOT) })).errcode, 40058)
    assert.equal((await sim.post("appchat/get", { access_token: await sim.token(ROOT) }, {})).errcode, 40058)
  })
})

suite("limits of group chats", () => {
  const two = { userlist: ["zhangsan", "lisi"] }

  test("7.1, 9: chats of a day end in 45009 until midnight in Beijing; refused ones do not count", async () => {
    await using sim = await simClient({ settings: { limits: { chats_per_day: 2 } } })
    assert.equal((await call(sim, "appchat/create", { userlist: [] })).errcode, 86204)
    assert.equal((await call(sim, "appchat/create", two)).errcode, 0)
    assert.equal((await call(sim, "appchat/create", two)).errcode, 0)
    assert.equal((await call(sim, "appchat/create", two)).errcode, 45009)
    await sim.advance(86_400)
    assert.equal((await call(sim, "appchat/create", two)).errcode, 0)
  })

  test("7.1, 9: changes of an hour end in 45009 for an hour", async () => {
    await using sim = await simClient({ settings: { limits: { chat_changes_per_hour: 1 } } })
    const change = { chatid: "simchat", name: "夜班" }
    assert.equal((await call(sim, "appchat/update", change)).errcode, 0)
    assert.equal((await call(sim, "appchat/update", change)).errcode, 45009)
    await sim.advance(3599)
    assert.equal((await call(sim, "appchat/update", change)).errcode, 45009)
    await sim.advance(1)
    assert.equal((await call(sim, "appchat/update", change)).errcode, 0)
  })

  for (const [window, name, seconds] of [
    ["minute", "chat_person_times_per_minute", 60],
    ["hour", "chat_person_times_per_hour", 3600],
  ] as const) {
    test(`7.1, 9: person-times of a ${window} count members, and end in 45009 for as long`, async () => {
      await using sim = await simClient({ settings: { limits: { [name]: 5 } } })
      assert.equal((await send(sim, text("1"))).errcode, 0)
      assert.equal((await send(sim, text("2"))).errcode, 0)
      assert.equal((await send(sim, text("3"))).errcode, 45009)
      await sim.advance(seconds - 1)
      assert.equal((await send(sim, text("4"))).errcode, 45009)
      await sim.advance(1)
      assert.equal((await send(sim, text("5"))).errcode, 0)
      await sim.settings({ limits: { [name]: null } })
      assert.equal((await send(sim, text("6"))).errcode, 0)
    })
  }

  for (const [window, name, seconds] of [
    ["minute", "chat_member_per_minute", 60],
    ["day", "chat_member_per_day", 86_400],
  ] as const) {
    test(`7.1, 9: what one member gets beyond the limit of a ${window} is dropped without a sign`, async () => {
      await using sim = await simClient({ settings: { limits: { [name]: 1 } } })
      assert.equal((await send(sim, text("1"))).errcode, 0)
      assert.deepEqual(await send(sim, text("2")), { errcode: 0, errmsg: "ok" })
      assert.equal((await sim.copies("lisi")).length, 1)
      const last = (await sim.calls()).at(-1)
      assert.deepEqual([last?.shown, last?.dropped], [[], ["zhangsan", "lisi"]])
      await sim.advance(seconds)
      await send(sim, text("3"))
      assert.equal((await sim.copies("lisi")).length, 2)
    })
  }

  test("7.1: the figures that hold unless set", async () => {
    await using sim = await simClient()
    const { limits } = (await (await sim.control("GET", "settings")).json()) as { limits: Record<string, number> }
    assert.deepEqual(
      Object.entries(limits).filter(([name]) => name.startsWith("chat")),
      Object.entries({
        chats_per_day: 1000,
        chat_changes_per_hour: 1000,
        chat_person_times_per_minute: 20_000,
        chat_person_times_per_hour: 300_000,
        chat_member_per_minute: 200,
        chat_member_per_day: 10_000,
      }),
    )
  })
})

/** The message with ids of files of the root app in the places of `IMAGE` and the like. */
async function withFiles(sim: SimClient, message: object): Promise<object> {
  const wanted = /"(IMAGE|VOICE|VIDEO|FILE)"/.exec(JSON.stringify(message))?.[1]
  if (wanted === undefined) return message
  const id = await sim.mediaId(wanted.toLowerCase() as "image" | "voice" | "video" | "file")
  return JSON.parse(JSON.stringify(message).replaceAll(`"${wanted}"`, `"${id}"`)) as object
}
