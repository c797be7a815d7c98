import assert from "node:assert/strict"
import { test } from "node:test"
import type { AppMessage, TemplateCard } from "@wecom-push/protocol"
import {
  file,
  image,
  markdown,
  miniprogramNotice,
  mpnews,
  news,
  templateCard,
  text,
  textCard,
  video,
  voice,
} from "./builders.ts"
import { simulatedWeCom } from "./testing/simulated-wecom.ts"

const MEDIA = "3aBcEXAMPLE"

const MESSAGES: Readonly<Record<string, AppMessage>> = {
  text: text('部署失败：<a href="https://ci.example.com/4711">查看</a>', { safe: 1, enable_id_trans: 1 }),
  markdown: markdown('## 磁盘告警\n> 已用 <font color="warning">93%</font>'),
  image: image(MEDIA, { safe: 1 }),
  voice: voice(MEDIA),
  video: video(MEDIA, { title: "回放", description: "故障前 20 秒" }),
  file: file(MEDIA),
  textcard: textCard({ title: "请假申请", description: "两天年假", url: "https://hr.example.com/88", btntxt: "查看" }),
  news: news([{ title: "本周菜单", url: "https://intra.example.com/menu" }], { enable_id_trans: 0 }),
  mpnews: mpnews([{ title: "差旅制度", thumb_media_id: MEDIA, content: "<p>一月起执行。</p>" }], { safe: 2 }),
  miniprogram_notice: miniprogramNotice({
    appid: "wx0000000000000001",
    title: "会议室预订提醒",
    content_item: [{ key: "房间", value: "5F-02" }],
  }),
}

const SUBMIT = { text: "提交", key: "submit" }
const OPTIONS = [
  { id: "a", text: "面条" },
  { id: "b", text: "火锅" },
]

const CARDS: readonly TemplateCard[] = [
  { card_type: "text_notice", main_title: { title: "磁盘" }, card_action: { type: 1, url: "https://mon.example.com" } },
  {
    card_type: "news_notice",
    main_title: { title: "周报" },
    card_image: { url: "https://intra.example.com/1.png" },
    card_action: { type: 1, url: "https://intra.example.com/1" },
  },
  {
    card_type: "button_interaction",
    task_id: "deploy-4711",
    main_title: { title: "发布？" },
    button_list: [{ text: "同意", key: "approve" }],
  },
  {
    card_type: "vote_interaction",
    task_id: "lunch-06",
    main_title: { title: "午饭" },
    checkbox: { question_key: "where", option_list: OPTIONS.map((option) => ({ ...option, is_checked: false })) },
    submit_button: SUBMIT,
  },
  {
    card_type: "multiple_interaction",
    task_id: "oncall-07",
    main_title: { title: "值班意向" },
    select_list: [{ question_key: "day", option_list: OPTIONS }],
    submit_button: SUBMIT,
  },
]

for (const [msgtype, message] of Object.entries(MESSAGES)) {
  test(`${msgtype} arrives as it was built, its own switches included`, async () => {
    await using sim = await simulatedWeCom({ simulator: { settings: { unknown_media: "accept" } } })
    const { ok } = await sim.wecom.send({ users: ["zhangsan"] }, message)
    assert.equal(ok, true)
    const [shown] = await sim.shown("zhangsan")
    assert.deepEqual(shown?.request, { touser: "zhangsan", agentid: 1000002, ...message })
    assert.equal(message.msgtype, msgtype)
  })
}

for (const card of CARDS) {
  test(`a ${card.card_type} card arrives, with a response_code if it is interactive`, async () => {
    await using sim = await simulatedWeCom()
    const { ok, calls } = await sim.wecom.send({ users: ["zhangsan"] }, templateCard(card))
    assert.equal(ok, true)
    assert.deepEqual((await sim.shown("zhangsan"))[0]?.body, { msgtype: "template_card", template_card: card })
    assert.equal(calls[0]?.response_code !== undefined, card.task_id !== undefined)
  })
}
