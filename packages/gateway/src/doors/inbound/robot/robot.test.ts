import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { suite, test } from "node:test"
import { shared } from "../../../../../../tools/testing/shared.ts"
import { GIF, PNG } from "../../http/testing/media-form.ts"
import { addSource, startInbound } from "../testing/start-inbound.ts"

const card = {
  card_type: "text_notice",
  main_title: { title: "标题" },
  card_action: { type: 1, url: "https://a.example" },
}
const md5 = (bytes: Uint8Array) => createHash("md5").update(bytes).digest("hex")
const form = (bytes: Uint8Array) => {
  const head = '--x\r\nContent-Disposition: form-data; name="media"; filename="a.txt"\r\n\r\n'
  return Buffer.concat([Buffer.from(head), bytes, Buffer.from("\r\n--x--\r\n")])
}
const FORM = { "content-type": "multipart/form-data; boundary=x" }

suite("a group robot's webhook", () => {
  const started = shared(async (resources) => {
    const day = resources.use(await startInbound())
    return { day, token: await addSource(day, "robot") }
  })

  const rows: readonly (readonly [what: string, body: object, type: string, shows: object])[] = [
    ["a text", { msgtype: "text", text: { content: "91%" } }, "text", { content: "91%" }],
    ["markdown", { msgtype: "markdown", markdown: { content: "**a**" } }, "markdown", { content: "**a**" }],
    ["markdown_v2", { msgtype: "markdown_v2", markdown_v2: { content: "# a" } }, "markdown", { content: "# a" }],
    [
      "news",
      { msgtype: "news", news: { articles: [{ title: "t", url: "https://a.example" }] } },
      "news",
      { articles: [{ title: "t", url: "https://a.example" }] },
    ],
    ["a card", { msgtype: "template_card", template_card: card }, "template_card", card],
  ]
  for (const [what, body, type, shows] of rows) {
    // proves 32.in.robot: each type
    test(`${what} by its own path and below /in reaches the source's audience`, async () => {
      const { day, token } = started()
      for (const path of ["/cgi-bin/webhook/send", "/in/robot/cgi-bin/webhook/send", "/in/robot"]) {
        const answer = await day.ask(`${path}?key=${token}`, { body })
        assert.deepEqual([answer.status, answer.json], [200, { errcode: 0, errmsg: "ok" }])
        const { [type]: shown } = (await day.shown()).at(-1) ?? {}
        assert.deepEqual({ ...shown, ...shows }, shown)
      }
    })
  }

  // proves 32.in.robot: who is mentioned gets it too
  test("who is mentioned gets it too, by userid and by mobile, and @all adds no recipient", async () => {
    const { day, token } = started()
    const text = { content: "值班", mentioned_list: ["lisi", "@all"], mentioned_mobile_list: ["13800000003", "@all"] }
    await day.ask(`/cgi-bin/webhook/send?key=${token}`, { body: { msgtype: "text", text } })
    assert.equal((await day.newest())["recipients"].total, 3)
    for (const userid of ["zhangsan", "lisi", "WangWu"]) {
      assert.equal((await day.shown(userid)).at(-1)?.["text"].content, "值班")
    }
    const markdown = { content: "<@lisi> <@all> 看" }
    await day.ask(`/cgi-bin/webhook/send?key=${token}`, { body: { msgtype: "markdown", markdown } })
    assert.equal((await day.newest())["recipients"].total, 2)
  })

  test("a picture in the body and a file that was uploaded reach the phone", async () => {
    const { day, token } = started()
    const image = { base64: PNG.toString("base64"), md5: md5(PNG) }
    const answer = await day.ask(`/cgi-bin/webhook/send?key=${token}`, { body: { msgtype: "image", image } })
    assert.equal(answer.json.errcode, 0, answer.text)
    assert.equal((await day.shown()).at(-1)?.["msgtype"], "image")
    const path = `/cgi-bin/webhook/upload_media?key=${token}&type=file`
    const uploaded = await day.ask(path, { body: form(Buffer.from("a file of ours")), headers: FORM })
    assert.equal(uploaded.json.errcode, 0, uploaded.text)
    assert.match(uploaded.json.media_id, /^med_/)
    const file = { media_id: uploaded.json.media_id }
    await day.ask(`/cgi-bin/webhook/send?key=${token}`, { body: { msgtype: "file", file } })
    assert.equal((await day.shown()).at(-1)?.["msgtype"], "file")
  })

  // proves 32.in.bad: a group robot's webhook, by errcode
  test("what cannot be sent is answered by errcode, and nothing is accepted", async () => {
    const { day, token } = started()
    const before = await day.count()
    const send = `/cgi-bin/webhook/send?key=${token}`
    const image = { base64: PNG.toString("base64"), md5: md5(GIF) }
    const rows: readonly (readonly [path: string, body: unknown, errcode: number])[] = [
      [`/cgi-bin/webhook/send?key=wps_${"0".repeat(50)}`, { msgtype: "text", text: { content: "a" } }, 93_000],
      ["/cgi-bin/webhook/send", { msgtype: "text", text: { content: "a" } }, 93_000],
      [send, "", 93_017],
      [send, "{", 40_058],
      [send, { msgtype: "video", video: {} }, 40_058],
      [send, { msgtype: "text" }, 40_058],
      [send, { msgtype: "image", image }, 301_019],
      [send, { msgtype: "file", file: { media_id: "med_none" } }, 40_058],
      [send, "a".repeat(5 * 1024 * 1024), 45_002],
      [`/cgi-bin/webhook/upload_media?key=${token}&type=image`, form(PNG), 40_058],
      [`/cgi-bin/webhook/upload_media?key=${token}&type=file`, "no form", 93_017],
    ]
    for (const [path, body, errcode] of rows) {
      const headers = body instanceof Uint8Array ? FORM : {}
      const answer = await day.ask(path, { method: "POST", body, headers })
      assert.deepEqual([answer.status, answer.json.errcode], [200, errcode], answer.text)
    }
    assert.equal(await day.count(), before)
  })
})
