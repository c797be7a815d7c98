import assert from "node:assert/strict"
import { test } from "node:test"
import { TEXT } from "../testing/sample-media.ts"
import { HR, simClient } from "../testing/sim-client.ts"

const url = "https://example.com/a"
const appid = "wx0000000000000001"
const notice = { appid, title: "会议室预订", content_item: [{ key: "房间", value: "5F-02" }] }
const textNotice = { card_type: "text_notice", main_title: { title: "磁盘" }, card_action: { type: 1, url } }
const buttons = {
  card_type: "button_interaction",
  task_id: "t1",
  main_title: { title: "上线?" },
  button_list: [{ text: "同意", key: "yes" }],
}
const vote = {
  card_type: "vote_interaction",
  task_id: "t1",
  main_title: { title: "午饭" },
  checkbox: { question_key: "where", option_list: [{ id: "a", text: "面", is_checked: true }] },
  submit_button: { text: "提交", key: "vote" },
}
const multiple = {
  card_type: "multiple_interaction",
  task_id: "t1",
  main_title: { title: "值班" },
  select_list: [{ question_key: "day", option_list: [{ id: "1", text: "周一" }] }],
  submit_button: { text: "提交", key: "save" },
}
const newsNotice = {
  card_type: "news_notice",
  main_title: { title: "周报" },
  card_image: { url },
  card_action: { type: 1, url },
}
const menu = { action_list: [{ text: "静音", key: "mute" }] }

const good: readonly [string, Record<string, unknown>][] = [
  ["text", { content: "你好" }],
  ["textcard", { title: "t", description: "d", url }],
  ["news", { articles: [{ title: "t", url }] }],
  ["markdown", { content: "**hi**" }],
  ["miniprogram_notice", notice],
  ["template_card", textNotice],
  ["template_card", newsNotice],
  ["template_card", buttons],
  ["template_card", vote],
  ["template_card", multiple],
]

for (const [msgtype, payload] of good) {
  const name = typeof payload["card_type"] === "string" ? payload["card_type"] : msgtype
  test(`${name} reaches the phone as it was sent`, async () => {
    await using sim = await simClient()
    assert.equal((await sim.send({ msgtype, text: undefined, [msgtype]: payload })).errcode, 0)
    const [copy] = await sim.copies("zhangsan")
    assert.deepEqual(copy?.payload, payload)
    assert.equal(copy?.request["msgtype"], msgtype)
  })
}

for (const [msgtype, payload] of [
  ["image", {}],
  ["voice", {}],
  ["video", { title: "t", description: "d" }],
  ["file", {}],
] as const) {
  test(`4.5: ${msgtype} reaches the phone as it was sent, if its media_id is of that type`, async () => {
    await using sim = await simClient()
    const send = async (media_id: string) => sim.send({ msgtype, text: undefined, [msgtype]: { media_id, ...payload } })
    const media_id = await sim.mediaId(msgtype)
    assert.equal((await send(media_id)).errcode, 0)
    assert.deepEqual((await sim.copies("zhangsan"))[0]?.payload, { media_id, ...payload })
    assert.equal((await send(await sim.mediaId(msgtype === "file" ? "image" : "file"))).errcode, 40007)
    assert.equal((await send("3mEdIa")).errcode, 40007)
  })
}

test("4.8: mpnews reaches the phone as it was sent, if its thumb_media_id is a picture", async () => {
  await using sim = await simClient()
  const good = mpnews(await sim.mediaId("image"))
  assert.equal((await sim.send({ msgtype: "mpnews", text: undefined, mpnews: good })).errcode, 0)
  assert.deepEqual((await sim.copies("zhangsan"))[0]?.payload, good)
  for (const id of [await sim.mediaId("file"), "3mEdIa"]) {
    assert.equal((await sim.send({ msgtype: "mpnews", mpnews: mpnews(id) })).errcode, 40007)
  }
})

function mpnews(thumb_media_id: string) {
  return { articles: [{ title: "t", thumb_media_id, content: "c" }] }
}

test("4.11: what a card offers for download may be of any type, but has to be there: 40007", async () => {
  await using sim = await simClient()
  const send = async (media_id: string) => {
    const horizontal_content_list = [{ type: 2, keyname: "日志", value: "a.txt", media_id }]
    return sim.send({ msgtype: "template_card", template_card: { ...textNotice, horizontal_content_list } })
  }
  assert.equal((await send(await sim.mediaId("file"))).errcode, 0)
  assert.equal((await send(await sim.mediaId("image"))).errcode, 0)
  assert.equal((await send("3mEdIa")).errcode, 40007)
})

test("6.1: after three days a media_id answers 40007, or 40145 if so set", async () => {
  await using sim = await simClient()
  const media_id = await sim.mediaId("file")
  const send = async () => (await sim.send({ msgtype: "file", file: { media_id } })).errcode
  await sim.advance(3 * 86_400 - 2)
  assert.equal(await send(), 0)
  await sim.advance(2)
  assert.equal(await send(), 40007)
  await sim.settings({ expired_media_errcode: 40145 })
  assert.equal(await send(), 40145)
})

test("a media_id that was not uploaded is taken as good if so set", async () => {
  await using sim = await simClient({ settings: { unknown_media: "accept" } })
  assert.equal((await sim.send({ msgtype: "image", image: { media_id: "3mEdIa" } })).errcode, 0)
})

const bad: readonly [string, Record<string, unknown> | undefined, number, string][] = [
  ["text", undefined, 44004, "no payload"],
  ["text", { content: "" }, 44004, "empty content"],
  ["image", {}, 41006, "no media_id"],
  ["textcard", { title: "t", url }, 41033, "no description"],
  ["textcard", { title: "t", description: "d", url: "example.com" }, 45034, "a url without scheme"],
  ["news", { articles: Array.from({ length: 9 }, () => ({ title: "t", url })) }, 45008, "nine articles"],
  ["news", { articles: [{ url }] }, 41016, "an article without title"],
  [
    "mpnews",
    { articles: [{ title: "t", thumb_media_id: "m", content: "c", author: "a".repeat(65) }] },
    45032,
    "a long author",
  ],
  ["miniprogram_notice", { title: "会议室预订" }, 90200, "no appid"],
  [
    "miniprogram_notice",
    { ...notice, content_item: Array.from({ length: 11 }, () => ({ key: "k", value: "v" })) },
    90201,
    "eleven items",
  ],
  ["template_card", { ...textNotice, card_type: "poster" }, 42031, "an unknown card_type"],
  ["template_card", { ...textNotice, card_action: undefined }, 42045, "no card_action"],
  ["template_card", { ...textNotice, action_menu: menu }, 42014, "a menu without task_id"],
  ["template_card", { ...buttons, task_id: "no blanks" }, 42014, "a task_id with a blank"],
  [
    "template_card",
    { ...multiple, select_list: Array.from({ length: 4 }, () => multiple.select_list[0]) },
    42047,
    "four selections",
  ],
]

for (const [msgtype, payload, errcode, mistake] of bad) {
  test(`${msgtype} with ${mistake} answers ${errcode}`, async () => {
    await using sim = await simClient()
    assert.equal((await sim.send({ msgtype, text: undefined, [msgtype]: payload })).errcode, errcode)
    assert.deepEqual(await sim.copies(), [])
  })
}

const aCard = (changes: object) => ({ msgtype: "template_card", template_card: { ...textNotice, ...changes } })

// proves 11.B14: precise refusals
test("a refusal's errmsg tells what is wrong, as its code does", async () => {
  await using sim = await simClient()
  const textcard = { title: "t", description: "d", url }
  for (const [message, errcode, errmsg] of [
    [{ msgtype: "textcard", textcard: { ...textcard, url: undefined } }, 41010, /^url missing, hint/],
    [{ msgtype: "news", news: { articles: [{ title: "t" }] } }, 41010, /^url missing, hint/],
    [{ msgtype: "textcard", textcard: { ...textcard, url: "x.com" } }, 45034, /^url scheme missing, hint/],
    [aCard({ jump_list: [{ type: 1, title: "t", url: "//x" }] }), 45034, /^url scheme missing, hint/],
    [aCard({ card_action: undefined }), 42045, /^card action not valid, hint/],
    [aCard({ card_action: { type: 3, url } }), 42045, /^card action not valid, hint/],
    [aCard({ card_action: { type: 1, url: "x.com" } }), 42045, /^card action not valid, hint/],
    [aCard({ card_action: { type: 1 } }), 42028, /^card url missing, hint/],
  ] as const) {
    const answer = await sim.send({ text: undefined, ...message })
    assert.equal(answer.errcode, errcode)
    assert.match(answer.errmsg, errmsg)
  }
})

// proves 11.B14: precise refusals
test("4.11: a row that leads to the card of a member who is not there is 42050; in any spelling, and out of sight, it goes", async () => {
  await using sim = await simClient()
  const send = async (row: object): Promise<number> => {
    const horizontal_content_list = [{ type: 3, keyname: "负责人", value: "李四", ...row }]
    return (await sim.send({ msgtype: "template_card", template_card: { ...textNotice, horizontal_content_list } }))
      .errcode
  }
  assert.equal(await send({ userid: "ghost" }), 42050)
  assert.equal(await send({}), 42050)
  for (const userid of ["lisi", "LISI", "outsider"]) assert.equal(await send({ userid }), 0)
  assert.equal(await send({ type: 0, userid: "ghost" }), 0)
})

test("4.2: only interactive cards get a response_code", async () => {
  await using sim = await simClient()
  const code = async (card: Record<string, unknown>): Promise<string> =>
    typeof (await sim.send({ msgtype: "template_card", template_card: card }))["response_code"]
  assert.equal(await code(textNotice), "undefined")
  assert.equal(await code({ ...textNotice, action_menu: menu, task_id: "a" }), "string")
  assert.equal(await code({ ...newsNotice, action_menu: menu, task_id: "b" }), "string")
  assert.equal(await code({ ...buttons, task_id: "c" }), "string")
  assert.equal(await code({ ...vote, task_id: "d" }), "string")
  assert.equal(await code({ ...multiple, task_id: "e" }), "string")
})

test("4.11: a menu with nothing in it makes no card interactive: it goes without a callback, and has no response_code", async () => {
  await using sim = await simClient()
  await sim.org(({ apps: [app] }) =>
    Object.assign(app ?? {}, { callback: { url: "", token: "", encoding_aes_key: "" } }),
  )
  for (const action_menu of [{}, { desc: "", action_list: null }]) {
    const answer = await sim.send({
      msgtype: "template_card",
      template_card: {
        card_type: "text_notice",
        main_title: { title: "磁盘告警" },
        card_action: { type: 1, url: "https://a.example.com" },
        action_menu,
      },
    })
    assert.deepEqual([answer.errcode, "response_code" in answer], [0, false])
  }
})

test("4.11: an app without callback cannot send interactive cards: 43012; one without a URL can", async () => {
  await using sim = await simClient()
  const send = async (): Promise<number> =>
    (await sim.send({ msgtype: "template_card", template_card: buttons })).errcode
  await sim.org(({ apps: [app] }) => Object.assign(app ?? {}, { callback: { url: "https://example.com/cb" } }))
  assert.equal(await send(), 43012)
  await sim.org(({ apps: [app] }) =>
    Object.assign(app ?? {}, { callback: { token: "t", encoding_aes_key: "a".repeat(43) } }),
  )
  assert.equal(await send(), 0)
})

test("4.11: an app uses a task_id once: 42014; another app may use the same", async () => {
  await using sim = await simClient()
  const card = { msgtype: "template_card", touser: "WangWu", template_card: buttons }
  assert.equal((await sim.send(card)).errcode, 0)
  assert.equal((await sim.send(card)).errcode, 42014)
  assert.equal((await sim.send(card, HR)).errcode, 0)
})

test("4.11: a task_id whose message was refused can be used", async () => {
  await using sim = await simClient()
  const card = { msgtype: "template_card", template_card: buttons }
  assert.equal((await sim.send({ ...card, touser: "ghost" })).errcode, 81013)
  assert.equal((await sim.send(card)).errcode, 0)
})

test("4.10: a mini-program notice needs an app with a mini-program (48002), and that one (90206)", async () => {
  await using sim = await simClient()
  const message = { msgtype: "miniprogram_notice", touser: "WangWu", miniprogram_notice: notice }
  assert.equal((await sim.send(message, HR)).errcode, 48002)
  const other = { ...message, miniprogram_notice: { ...notice, appid: "wx9999999999999999" } }
  assert.equal((await sim.send(other)).errcode, 90206)
})

test("4.1, 4.10: a mini-program notice takes no @all, and needs no agentid", async () => {
  await using sim = await simClient()
  const message = { msgtype: "miniprogram_notice", miniprogram_notice: notice }
  assert.equal((await sim.send({ ...message, touser: "@all" })).errcode, 40058)
  assert.equal((await sim.send({ ...message, agentid: undefined })).errcode, 0)
})

test("4.10, 4.11: every mini-program a card or article leads to has to be linked: 90206", async () => {
  await using sim = await simClient()
  const jump = { type: 2, title: "打开", appid: "wx9999999999999999" }
  const card = { ...textNotice, jump_list: [jump] }
  assert.equal((await sim.send({ msgtype: "template_card", template_card: card })).errcode, 90206)
  const linked = { ...textNotice, jump_list: [{ ...jump, appid }] }
  assert.equal((await sim.send({ msgtype: "template_card", template_card: linked })).errcode, 0)
  const articles = [{ title: "t", appid: "wx9999999999999999", pagepath: "p" }]
  assert.equal((await sim.send({ msgtype: "news", news: { articles } })).errcode, 90206)
})

// proves 11.B15: confidential files
test("4.5: a file that may not be shared is of a documented kind by its name, else 40004", async () => {
  await using sim = await simClient()
  const query = { access_token: await sim.token(), type: "file" }
  for (const [filename, errcode] of [
    ["报告.PDF", 0],
    ["a.b.docx", 0],
    ["a.zip", 40004],
    ["a.txt.exe", 40004],
    ["pdf", 40004],
  ] as const) {
    const media_id = String((await sim.upload("media/upload", query, { bytes: TEXT, filename }))["media_id"])
    const file = { msgtype: "file", file: { media_id } }
    assert.equal((await sim.send({ ...file, safe: 1 })).errcode, errcode, filename)
    assert.equal((await sim.send({ ...file, safe: 0 })).errcode, 0, filename)
    assert.equal((await sim.send({ ...file, safe: "1" })).errcode, errcode, filename)
  }
})

test("4.1: news cannot be confidential: 40074, or safe is ignored if so set", async () => {
  await using sim = await simClient()
  const message = { msgtype: "news", news: { articles: [{ title: "t", url }] }, safe: 1 }
  assert.equal((await sim.send(message)).errcode, 40074)
  await sim.settings({ safe_news: "ignore" })
  assert.equal((await sim.send(message)).errcode, 0)
})
