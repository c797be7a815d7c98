import assert from "node:assert/strict"
import { hash } from "node:crypto"
import { suite, test } from "node:test"
import { AMR_OF_61_SECONDS, GIF, JPG, PNG, padded, SAMPLES, TEXT } from "../testing/sample-media.ts"
import { simClient, type SimClient } from "../testing/sim-client.ts"

const KEY = "sim-robot"
const MB = 1024 * 1024
const url = "https://example.com/a"

const send = async (sim: SimClient, message: unknown, key = KEY) => sim.post("webhook/send", { key }, message)
const text = (content: string, more = {}) => ({ msgtype: "text", text: { content, ...more } })
const ofType = (msgtype: string, payload: unknown) => ({ msgtype, [msgtype]: payload })
const picture = (bytes: Buffer, md5 = hash("md5", bytes)) => ofType("image", { base64: bytes.toString("base64"), md5 })
const news = (article: object, count = 1) => ofType("news", { articles: Array.from({ length: count }, () => article) })
const notice = { card_type: "text_notice", main_title: { title: "磁盘" }, card_action: { type: 1, url } }
const newsNotice = {
  card_type: "news_notice",
  main_title: { title: "周报" },
  card_image: { url },
  card_action: { type: 1, url },
}

const upload = async (sim: SimClient, type: string, bytes: Buffer<ArrayBuffer>) =>
  sim.upload("webhook/upload_media", { key: KEY, type }, { bytes })

/** What `webhook/send` answers, by the section of the reference. */
const ROWS: readonly (readonly [section: string, title: string, message: unknown, errcode: number])[] = [
  ["7.2", "text", text("你好"), 0],
  ["7.2", "text of 2,048 bytes", text("a".repeat(2048)), 0],
  ["7.2", "text of 2,049 bytes", text("a".repeat(2049)), 40058],
  ["7.2", "text without content", text(""), 44004],
  ["7.2", "mentioned_list", text("x", { mentioned_list: ["zhangsan", "@all"] }), 0],
  ["7.2", "mentioned_list that is no list", text("x", { mentioned_list: "zhangsan" }), 0],
  ["7.2", "mentioned_mobile_list", text("x", { mentioned_mobile_list: ["13800000001", "@all"] }), 0],
  ["7.2", "markdown of 4,096 bytes", ofType("markdown", { content: "a".repeat(4096) }), 0],
  ["7.2", "markdown of 4,097 bytes", ofType("markdown", { content: "a".repeat(4097) }), 40058],
  ["7.2", "markdown without content", ofType("markdown", {}), 44004],
  ["7.2", "markdown_v2 of 4,096 bytes", ofType("markdown_v2", { content: "a".repeat(4096) }), 0],
  ["7.2", "markdown_v2 of 4,097 bytes", ofType("markdown_v2", { content: "a".repeat(4097) }), 40058],
  ["7.2", "a PNG", picture(PNG), 0],
  ["7.2", "a JPG", picture(JPG), 0],
  ["7.2", "a GIF", picture(GIF), 40004],
  ["7.2", "an image of 2 MB", picture(padded(JPG, 2 * MB)), 0],
  ["7.2, 11.6", "an image over 2 MB", picture(padded(JPG, 2 * MB + 1)), 93018],
  ["7.2", "an image with line breaks in its base64", ofType("image", { base64: "AA\nAA", md5: "0".repeat(32) }), 40058],
  ["7.2, 11.5", "an image of another md5", picture(PNG, "0".repeat(32)), 301019],
  ["7.2", "an image without md5", ofType("image", { base64: PNG.toString("base64") }), 40058],
  ["7.2", "1 article", news({ title: "t", url }), 0],
  ["7.2", "8 articles", news({ title: "t", url }, 8), 0],
  ["7.2, 11.3", "9 articles", news({ title: "t", url }, 9), 45008],
  ["7.2", "no article", news({}, 0), 45008],
  ["7.2, 11.3", "an article without title", news({ url }), 41016],
  ["7.2, 11.3", "an article without url", news({ title: "t" }), 41010],
  ["7.2, 11.3", "an article whose url has no scheme", news({ title: "t", url: "example.com" }), 45034],
  ["7.2", "an article of a mini program", news({ title: "t", appid: "wx1", pagepath: "p" }), 41010],
  ["7.2", "a text_notice", ofType("template_card", notice), 0],
  ["7.2", "a news_notice", ofType("template_card", newsNotice), 0],
  ["7.2", "an interactive card", ofType("template_card", { ...notice, card_type: "button_interaction" }), 42031],
  ["11.4", "a card without card_action", ofType("template_card", { ...notice, card_action: undefined }), 42045],
  ["7.2, 11.5", "a file without media_id", ofType("file", {}), 41006],
  ["7.2, 11.5", "a file of an unknown media_id", ofType("file", { media_id: "3mEdIa" }), 40007],
  ["7.2, 11.5", "a voice of an unknown media_id", ofType("voice", { media_id: "3mEdIa" }), 40007],
  ["7.2, 11.3", "no msgtype", { text: { content: "x" } }, 40008],
  ["7.2, 11.3", "a type that robots do not have", ofType("mpnews", { articles: [] }), 40008],
  ["11.6", "an empty body", "", 93017],
]

suite("webhook/send", () => {
  for (const [section, title, message, errcode] of ROWS) {
    // proves 32.simulator: each rule of a group robot, with its section
    test(`${section}: ${title}: ${errcode}`, async () => {
      await using sim = await simClient()
      assert.equal((await send(sim, message)).errcode, errcode)
      assert.equal((await sim.copies("lisi")).length, errcode === 0 ? 1 : 0)
    })
  }

  test("7.2: the members of the group see it, and no other phone does", async () => {
    await using sim = await simClient()
    assert.deepEqual(await send(sim, text("发布完成")), { errcode: 0, errmsg: "ok" })
    const copies = await sim.copies()
    assert.deepEqual(
      copies.map(({ userid, agentid, robot, payload }) => [userid, agentid, robot, payload]),
      ["zhangsan", "lisi"].map((userid) => [userid, 0, KEY, { content: "发布完成" }]),
    )
    assert.deepEqual((await sim.calls()).at(-1)?.query, { key: "***" })
  })

  test("7.2: long titles and descriptions of articles are cut at 128 and 512 bytes", async () => {
    await using sim = await simClient()
    await send(sim, news({ title: "t".repeat(129), description: "d".repeat(513), url }))
    const [copy] = await sim.copies("lisi")
    assert.deepEqual(copy?.payload["articles"], [{ title: "t".repeat(128), description: "d".repeat(512), url }])
  })

  test("7.2, 14: text up to 5,120 bytes is taken if so set", async () => {
    await using sim = await simClient({ settings: { long_robot_text: "take" } })
    assert.equal((await send(sim, text("a".repeat(5120)))).errcode, 0)
    assert.equal((await send(sim, text("a".repeat(5121)))).errcode, 40058)
  })

  test("9, 7.2: the 21st message of a minute closes the robot for a minute: 45009", async () => {
    await using sim = await simClient()
    for (let n = 0; n < 20; n++) assert.equal((await send(sim, text(`${n}`))).errcode, 0)
    assert.equal((await send(sim, text("x"))).errcode, 45009)
    await sim.advance(59)
    assert.equal((await send(sim, text("x"))).errcode, 45009)
    await sim.advance(1)
    assert.equal((await send(sim, text("x"))).errcode, 0)
    assert.equal((await sim.copies("lisi")).length, 21)
  })

  test("9: robots are counted apart, and refused messages not at all", async () => {
    await using sim = await simClient({ settings: { limits: { robot_per_minute: 1 } } })
    await sim.org((org) => void org.robots.push({ key: "other", members: ["007"] }))
    assert.equal((await send(sim, text(""))).errcode, 44004)
    assert.equal((await send(sim, text("x"))).errcode, 0)
    assert.equal((await send(sim, text("x"))).errcode, 45009)
    assert.equal((await send(sim, text("x"), "other")).errcode, 0)
    await sim.settings({ limits: { robot_per_minute: null } })
    assert.equal((await send(sim, text("x"))).errcode, 0)
  })

  for (const [section, state, errcode] of [
    ["11.6", "removed", 93000],
    ["11.6", "forbidden", 93001],
    ["11.6", "stopped", 93004],
    ["11.6", "not_in_group", 93008],
  ] as const) {
    test(`${section}: a robot that is ${state}: ${errcode}`, async () => {
      await using sim = await simClient()
      await sim.org((org) => void Object.assign(org.robots[0] ?? {}, { state }))
      assert.equal((await send(sim, text("x"))).errcode, errcode)
      assert.equal(
        (await sim.upload("webhook/upload_media", { key: KEY, type: "file" }, { bytes: TEXT })).errcode,
        errcode,
      )
    })
  }

  test("7.2: an unknown key, and none: 93000, or 93019 if so set", async () => {
    await using sim = await simClient()
    assert.equal((await send(sim, text("x"), "other")).errcode, 93000)
    assert.equal((await sim.post("webhook/send", {}, text("x"))).errcode, 93000)
    await sim.settings({ unknown_robot_errcode: 93019 })
    assert.equal((await send(sim, text("x"), "other")).errcode, 93019)
  })

  test("7.2: a robot needs no token and no trusted address, and takes POST alone", async () => {
    await using sim = await simClient()
    await sim.org((org) => void (org.trusted_ips = ["10.0.0.1"]))
    assert.equal((await send(sim, text("x"))).errcode, 0)
    assert.equal((await sim.get("webhook/send", { key: KEY })).errcode, 40058)
  })

  test("1: a body that is no JSON is warned of, and refused if so set", async () => {
    await using sim = await simClient()
    const { errcode, errmsg } = await send(sim, "{")
    assert.equal(errcode, 40008)
    assert.match(errmsg, /^Warning: wrong json format/)
    await sim.settings({ json_mistakes: "refuse" })
    assert.equal((await send(sim, "{")).errcode, 40058)
  })
})

suite("webhook/upload_media", () => {
  for (const [section, type, title, bytes, errcode] of [
    ["7.2", "file", "a file", TEXT, 0],
    ["7.2", "file", "a file of 6 bytes", padded(Buffer.from("x"), 6), 0],
    ["7.2, 11.5", "file", "a file of 5 bytes", padded(Buffer.from("x"), 5), 40006],
    ["7.2, 11.5", "file", "a file over 20 MB", padded(Buffer.from("x"), 20 * MB + 1), 45001],
    ["7.2, 11.5", "file", "an empty file", Buffer.alloc(0), 44001],
    ["7.2", "voice", "an AMR", SAMPLES.voice, 0],
    ["7.2, 11.5", "voice", "a voice that is no AMR", TEXT, 301017],
    ["7.2, 11.5", "voice", "a voice of 61 s", AMR_OF_61_SECONDS, 45007],
    ["7.2, 11.5", "image", "another type", PNG, 40005],
  ] as const) {
    // proves 32.simulator: uploads of a group robot
    test(`${section}: ${title}: ${errcode}`, async () => {
      await using sim = await simClient()
      assert.equal((await upload(sim, type, bytes)).errcode, errcode)
    })
  }

  test("7.2: an id is good for that robot alone, for its type, and for 3 days", async () => {
    await using sim = await simClient()
    await sim.org((org) => void org.robots.push({ key: "other", members: [] }))
    const { media_id, type, created_at } = await upload(sim, "file", TEXT)
    assert.deepEqual([type, typeof created_at], ["file", "string"])
    const sendFile = async (key: string, msgtype = "file") =>
      (await send(sim, ofType(msgtype, { media_id }), key)).errcode
    assert.equal(await sendFile(KEY), 0)
    assert.equal(await sendFile("other"), 40007)
    assert.equal(await sendFile(KEY, "voice"), 40007)
    assert.equal((await sim.send({ msgtype: "file", text: undefined, file: { media_id } })).errcode, 40007)
    assert.equal((await send(sim, ofType("file", { media_id: await sim.mediaId("file") }))).errcode, 40007)
    await sim.advance(3 * 86_400)
    assert.equal(await sendFile(KEY), 40007)
  })

  test("7.2: a multipart body has to be there: 44001", async () => {
    await using sim = await simClient()
    assert.equal((await sim.post("webhook/upload_media", { key: KEY, type: "file" }, "x")).errcode, 44001)
  })
})
