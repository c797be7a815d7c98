import assert from "node:assert/strict"
import { test } from "node:test"
import type { JsonObject } from "../json.ts"
import type { Medium } from "../media/media-library.ts"
import type { PhoneMessage } from "../phone-messages.ts"
import { renderMessage } from "./render-message.ts"

function render(msgtype: string, body: JsonObject, more: Partial<PhoneMessage> = {}): string {
  const message: PhoneMessage = {
    seq: 7,
    userid: "zhangsan",
    msgid: "M",
    agentid: 1000002,
    at: "2026-11-25T01:02:03.000Z",
    request: { msgtype },
    body,
    ...more,
  }
  return renderMessage(message, "告警", "zh").markup.replaceAll(/\s*\n\s*/g, "")
}

/** Every text and number in it, however deep. */
function leaves(value: unknown): string[] {
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(leaves)
  return typeof value === "string" || typeof value === "number" ? [String(value)] : []
}

test("a message names its app and its time, and is known by its number", () => {
  const markup = render("text", { content: "你好" })
  assert.match(markup, /data-seq="7"/)
  assert.match(markup, /<span class="name">告警<\/span>/)
  assert.match(markup, /<time datetime="2026-11-25T01:02:03\.000Z">/)
  assert.match(markup, /<div class="prose">你好<\/div>/)
})

test("recalled, changed and confidential messages say so", () => {
  assert.match(render("text", {}, { recalled: true }), /class="message recalled".*已撤回/)
  assert.match(
    render("template_card", {}, { updated_at: "2026-11-25T02:00:00.000Z" }),
    /卡片已更新 <time datetime="2026-11-25T02/,
  )
  assert.match(render("text", {}, { request: { msgtype: "text", safe: 1 } }), /保密消息/)
  assert.doesNotMatch(render("text", {}), /保密|撤回|更新/)
})

const EVERYTHING: Readonly<Record<string, JsonObject>> = {
  image: { media_id: "MEDIA-1" },
  voice: { media_id: "MEDIA-2" },
  video: { media_id: "MEDIA-3", title: "回放", description: "最后 20 秒" },
  file: { media_id: "MEDIA-4" },
  textcard: { title: "请假", description: "年假两天", url: "https://hr.example/88", btntxt: "打开" },
  news: {
    articles: [
      { title: "菜单", description: "第二周", url: "https://a.example/menu", picurl: "https://a.example/menu.png" },
      { title: "报名", appid: "wx1", pagepath: "pages/a" },
    ],
  },
  mpnews: {
    articles: [
      {
        title: "差旅",
        thumb_media_id: "THUMB",
        author: "财务",
        content_source_url: "https://a.example/src",
        content: "<p>一月起<b>执行</b></p>",
        digest: "新标准",
      },
    ],
  },
  miniprogram_notice: {
    appid: "wx2",
    page: "pages/room?id=5",
    title: "会议室",
    description: "今天下午",
    content_item: [{ key: "房间", value: "5F-02" }],
  },
  template_card: {
    card_type: "button_interaction",
    source: { icon_url: "https://a.example/i.png", desc: "监控", desc_color: 2 },
    action_menu: { desc: "选项", action_list: [{ text: "静音", key: "mute" }] },
    task_id: "deploy-4711",
    main_title: { title: "发布？", desc: "上生产" },
    quote_area: { type: 1, url: "https://a.example/q", title: "引用", quote_text: "原文" },
    emphasis_content: { title: "93%", desc: "已用" },
    sub_title_text: "检查通过",
    horizontal_content_list: [
      { keyname: "主机", value: "db-3" },
      { type: 1, keyname: "图表", value: "查看", url: "https://a.example/g" },
      { type: 2, keyname: "附件", value: "a.pdf", media_id: "MEDIA-5" },
      { type: 3, keyname: "负责人", value: "李四", userid: "lisi" },
    ],
    vertical_content_list: [{ title: "三个版本", desc: "api、web、worker" }],
    card_image: { url: "https://a.example/c.png", aspect_ratio: 1.8 },
    image_text_area: {
      type: 2,
      appid: "wx3",
      pagepath: "p",
      title: "图文",
      desc: "说明",
      image_url: "https://a.example/t.png",
    },
    jump_list: [{ type: 1, title: "全部", url: "https://a.example/all" }],
    card_action: { type: 1, url: "https://a.example/go" },
    button_selection: {
      question_key: "region",
      title: "区域",
      option_list: [{ id: "cn", text: "中国" }],
      selected_id: "cn",
    },
    button_list: [
      { text: "同意", style: 1, key: "approve" },
      { type: 1, text: "差异", url: "https://a.example/d" },
    ],
    checkbox: { question_key: "where", mode: 1, option_list: [{ id: "n", text: "面条", is_checked: true }] },
    select_list: [{ question_key: "day", title: "日期", option_list: [{ id: "mon", text: "周一" }] }],
    submit_button: { text: "提交", key: "vote" },
    a_part_to_come: { of_any: ["shape"] },
  },
}

for (const [msgtype, body] of Object.entries(EVERYTHING)) {
  test(`${msgtype} shows everything that was sent`, () => {
    const markup = render(msgtype, body)
    for (const leaf of leaves(body)) {
      const shown = leaf.replaceAll(/<[^>]*>/g, "")
      assert.ok(markup.includes(shown), `${shown} is missing in ${markup}`)
    }
  })
}

test("a card whose buttons were replaced shows the new text and no button to press", () => {
  const markup = render("template_card", { button_list: [{ text: "同意", key: "k" }], replace_text: "已同意" })
  assert.match(markup, /<li class="dead">已同意<\/li>/)
  assert.doesNotMatch(markup, />同意/)
})

test("the markup of an mpnews article stays out of the page", () => {
  const content = '<p onclick="x">一<br>二</p><script>alert(1)</script><img src=x onerror=alert(1)'
  const markup = render("mpnews", { articles: [{ title: "t", content }] })
  assert.doesNotMatch(markup, /<script|<img|onclick/)
})

test("hostile values in any field of any type stay text", () => {
  const hostile = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"
  const poison = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(poison)
    if (typeof value !== "object" || value === null) return hostile
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, poison(one)]))
  }
  for (const [msgtype, body] of Object.entries({ text: { content: "" }, markdown: { content: "" }, ...EVERYTHING })) {
    const markup = render(msgtype, poison(body) as JsonObject)
    assert.doesNotMatch(markup, /<script|<img/, msgtype)
  }
  assert.doesNotMatch(render(hostile, { [hostile]: hostile }), /<script|<img/)
})

test("a body that is not of the shape it should be is shown as well as can be", () => {
  for (const msgtype of [...Object.keys(EVERYTHING), "text", "markdown", "unheard_of"]) {
    for (const field of ["content", "title", "articles", "content_item", "source", "button_list", "main_title"]) {
      for (const value of [null, 7, "x", [null], [[]], {}, true]) render(msgtype, { [field]: value })
    }
  }
})

test("what is nested without end does not end the simulator", () => {
  const deep: unknown = JSON.parse(`${"[".repeat(5000)}${"]".repeat(5000)}`)
  assert.match(render("template_card", { deep }), /…/)
})

const MEDIUM = { id: "MEDIA-1", type: "file", corpId: "ww1", uploadedAtMs: 0, format: undefined, durationMs: undefined }

function renderWith(msgtype: string, body: JsonObject, medium: Partial<Medium>): string {
  const found = { ...MEDIUM, filename: "a", bytes: Buffer.alloc(2048), ...medium } as Medium
  const request = { msgtype, [msgtype]: body }
  const message = { seq: 1, userid: "u", msgid: "M", agentid: 1, at: "2026-11-25T01:02:03.000Z", request, body }
  return renderMessage(message, "告警", "zh", (id) => (id === found.id ? found : undefined)).markup
}

test("pictures and videos are seen, voice and files are offered with name, length and size", () => {
  const body = { media_id: "MEDIA-1" }
  assert.match(renderWith("image", body, { filename: "图.png" }), /<img src="\/_sim\/media\/MEDIA-1" alt="图\.png"/)
  const video = renderWith("video", { ...body, title: "回放" }, {})
  assert.match(video, /<video src="\/_sim\/media\/MEDIA-1" controls[^]*回放/)
  const voice = renderWith("voice", body, { filename: "a.amr", durationMs: 3000 })
  assert.match(voice, /语音 3″[^]*<a href="\/_sim\/media\/MEDIA-1" download="a\.amr">a\.amr<\/a> <small>2\.0 KB/)
  assert.match(renderWith("file", body, { filename: '"x"' }), /download="&#34;x&#34;">&#34;x&#34;<\/a>/)
})

test("an article shows its picture, a card offers its file", () => {
  const mpnews = renderWith("mpnews", { articles: [{ title: "差旅", thumb_media_id: "MEDIA-1" }] }, {})
  assert.match(mpnews, /<img src="\/_sim\/media\/MEDIA-1"/)
  const rows = [{ type: 2, keyname: "日志", value: "db-3.txt", media_id: "MEDIA-1" }]
  const card = renderWith("template_card", { horizontal_content_list: rows }, { filename: "a.txt" })
  assert.match(card, /<a href="\/_sim\/media\/MEDIA-1" download="a\.txt">db-3\.txt<\/a>/)
})
