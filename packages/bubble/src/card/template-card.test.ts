import assert from "node:assert/strict"
import { test } from "node:test"
import type { BubbleProps } from "../bubble-props.ts"
import { render, wordsIn } from "../testing/render.ts"

const draw = (card: object, props: Partial<BubbleProps> = {}): string =>
  render({ msgtype: "template_card", template_card: { card_type: "text_notice", ...card } }, props)

function ratioOf(aspect_ratio: unknown): string | undefined {
  const card_image = { url: "https://a.example/c.png", aspect_ratio }
  return /aspect-ratio:([\d.]+)/.exec(draw({ card_type: "news_notice", card_image }))?.[1]
}

test("a card of an unknown type says so", () => {
  assert.equal(wordsIn(draw({ card_type: "video_notice" })), "无法显示的卡片类型：video_notice")
})

test("a part that its type does not have is not drawn", () => {
  const emphasis_content = { title: "93%", desc: "已用" }
  assert.match(draw({ emphasis_content }), /93%/)
  assert.doesNotMatch(draw({ card_type: "news_notice", emphasis_content }), /93%/)
  assert.doesNotMatch(draw({ card_type: "vote_interaction", quote_area: { quote_text: "引用" } }), /引用/)
})

test("the source has one of four colours, grey unless another is known", () => {
  for (const [desc_color, colour] of [
    [0, "gray"],
    [1, "black"],
    [2, "red"],
    ["3", "green"],
    [9, "gray"],
    [undefined, "gray"],
  ] as const) {
    assert.match(draw({ source: { desc: "监控", desc_color } }), new RegExp(`wb-source-${colour}">监控`))
  }
  const vote = draw({ card_type: "vote_interaction", source: { desc: "监控", desc_color: 2 } })
  assert.match(vote, /wb-source-gray">监控/)
})

test("a press anywhere on a card leads to where its card_action does", () => {
  const main_title = { title: "告警" }
  const markup = draw({ main_title, card_action: { type: 1, url: "https://a.example/go" } })
  assert.match(markup, /<a class="wb-cover" href="https:\/\/a\.example\/go"[^>]*aria-label="告警 详情"><\/a>/)
  const mini = draw({ main_title, card_action: { type: 2, appid: "wx1", pagepath: "p" } })
  assert.match(mini, /<span class="wb-cover" title="小程序 wx1 p"><\/span>/)
  assert.doesNotMatch(draw({ main_title, card_action: { type: 0, url: "https://a.example" } }), /wb-cover/)
})

test("rows of names and values may hold text, a link, a file, a member", () => {
  const markup = draw(
    {
      horizontal_content_list: [
        { keyname: "主机", value: "db-3" },
        { type: 1, keyname: "图表", value: "查看", url: "https://a.example/g" },
        { type: 2, keyname: "附件", value: "a.pdf", media_id: "THERE" },
        { type: 2, keyname: "附件", value: "b.pdf", media_id: "GONE" },
        { type: 3, keyname: "负责人", value: "李四", userid: "lisi" },
        { type: 3, keyname: "备岗", userid: "wangwu" },
      ],
    },
    { mediaUrl: (id) => (id === "THERE" ? "/media/THERE" : undefined) },
  )
  assert.equal(
    wordsIn(markup),
    "主机 db-3 图表 查看 附件 a.pdf 附件 b.pdf 文件已过期或已被清理 负责人 李四 备岗 wangwu",
  )
  assert.match(markup, /<a href="https:\/\/a\.example\/g"[^>]*>查看<\/a>/)
  assert.match(markup, /<a class="wb-attached" href="\/media\/THERE" download="a\.pdf"/)
  assert.match(markup, /title="成员 lisi"/)
})

test("the picture of a card keeps the proportions it may have", () => {
  assert.deepEqual([1.8, "2", 0.1, 99, undefined].map(ratioOf), ["1.8", "2", "1.3", "2.25", "1.3"])
})

test("a picture with words beside it leads where it says", () => {
  const image_text_area = {
    type: 1,
    url: "https://a.example/t",
    title: "图文",
    desc: "说明",
    image_url: "https://a.example/t.png",
  }
  const markup = draw({ card_type: "news_notice", image_text_area })
  assert.match(markup, /<a class="wb-image-text" href="https:\/\/a\.example\/t"[^]*src="https:\/\/a\.example\/t\.png"/)
  assert.equal(wordsIn(markup), "图文 说明")
})

test("a news card has its columns of titles and texts, a text card its figure, quote and text", () => {
  const vertical_content_list = [{ title: "三个版本", desc: "api、web" }, { title: "两个回滚" }]
  assert.equal(wordsIn(draw({ card_type: "news_notice", vertical_content_list })), "三个版本 api、web 两个回滚")
  const text = draw({
    emphasis_content: { title: "93%", desc: "已用" },
    quote_area: { type: 1, url: "https://a.example/q", title: "手册", quote_text: "先清理" },
    sub_title_text: "将变为只读",
  })
  assert.equal(wordsIn(text), "93% 已用 手册 先清理 将变为只读")
  assert.match(text, /<a class="wb-quote" href="https:\/\/a\.example\/q"/)
})

test("the rows at its foot lead to the web, into a mini-program, or nowhere", () => {
  const markup = draw({
    jump_list: [
      { type: 1, title: "全部", url: "https://a.example/all" },
      { type: 2, title: "值班", appid: "wx1", pagepath: "p" },
      { title: "说明" },
    ],
  })
  assert.match(markup, /<a class="wb-row" href="https:\/\/a\.example\/all"/)
  assert.match(markup, /<span class="wb-row" title="小程序 wx1 p">/)
  assert.equal(markup.match(/wb-chevron/g)?.length, 2)
})

test("a menu with nothing in it is none", () => {
  for (const action_menu of [{}, null, { desc: "", action_list: null }, { desc: "更多", action_list: [] }])
    assert.doesNotMatch(draw({ action_menu }, { onPress: () => undefined }), /wb-menu/)
})

test("the menu is a button until it is opened, and keeps its entries out of sight", () => {
  const action_menu = { desc: "太多？", action_list: [{ text: "静音", key: "mute" }] }
  const markup = draw({ action_menu }, { onPress: () => undefined })
  assert.match(markup, /aria-label="更多操作: 太多？" aria-expanded="false"/)
  assert.match(markup, /<div [^>]*class="wb-menu-list" hidden="">.*<button [^>]*>静音<\/button>/)
  assert.doesNotMatch(draw({ card_type: "vote_interaction", action_menu }), /静音/)
})
