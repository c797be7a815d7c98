import assert from "node:assert/strict"
import { test } from "node:test"
import { checkCardUpdate } from "../check-card-update.ts"
import type { UpdatedTemplateCard } from "../template-card.ts"
import { passiveReplyFromXml, passiveReplyToXml, type PassiveReply } from "./passive-reply.ts"
import { readXml, writeXml } from "./xml.ts"

const ADDRESS = { to: "alice", from: "ww0123456789abcdef", createTime: 1735689600 }
const HEAD =
  "<xml><ToUserName><![CDATA[alice]]></ToUserName><FromUserName><![CDATA[ww0123456789abcdef]]></FromUserName>" +
  "<CreateTime>1735689600</CreateTime>"

const written = (reply: PassiveReply): Promise<string> => writeXml(passiveReplyToXml(reply, ADDRESS))

test("each message is written with the elements WeCom documents for it", async () => {
  const cases: readonly (readonly [PassiveReply, string])[] = [
    [
      { msgtype: "text", text: { content: "收到" } },
      "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[收到]]></Content>",
    ],
    [
      { msgtype: "image", image: { media_id: "M1" } },
      "<MsgType><![CDATA[image]]></MsgType><Image><MediaId><![CDATA[M1]]></MediaId></Image>",
    ],
    [
      { msgtype: "voice", voice: { media_id: "M2" } },
      "<MsgType><![CDATA[voice]]></MsgType><Voice><MediaId><![CDATA[M2]]></MediaId></Voice>",
    ],
    [
      { msgtype: "video", video: { media_id: "M3", title: "回放" } },
      "<MsgType><![CDATA[video]]></MsgType><Video><MediaId><![CDATA[M3]]></MediaId><Title><![CDATA[回放]]></Title></Video>",
    ],
    [
      {
        msgtype: "news",
        news: {
          articles: [
            { title: "一", url: "https://a.example" },
            { title: "二", url: "https://b.example", picurl: "https://b.example/p.png" },
          ],
        },
      },
      "<MsgType><![CDATA[news]]></MsgType><ArticleCount>2</ArticleCount><Articles>" +
        "<item><Title><![CDATA[一]]></Title><Url><![CDATA[https://a.example]]></Url></item>" +
        "<item><Title><![CDATA[二]]></Title><PicUrl><![CDATA[https://b.example/p.png]]></PicUrl>" +
        "<Url><![CDATA[https://b.example]]></Url></item></Articles>",
    ],
    [
      { button: { replace_name: "已同意" } },
      "<MsgType><![CDATA[update_button]]></MsgType><Button><ReplaceName><![CDATA[已同意]]></ReplaceName></Button>",
    ],
  ]
  for (const [reply, xml] of cases) assert.equal(await written(reply), `${HEAD}${xml}</xml>`)
})

const VOTE: UpdatedTemplateCard = {
  card_type: "vote_interaction",
  source: { icon_url: "https://a.example/i.png", desc: "行政" },
  main_title: { title: "午饭", desc: "可多选" },
  checkbox: {
    question_key: "where",
    option_list: [
      { id: "a", text: "面条", is_checked: true },
      { id: "b", text: "火锅", is_checked: false },
    ],
    disable: true,
    mode: 1,
  },
  submit_button: { text: "提交", key: "vote" },
  replace_text: "已投票",
}

const BUTTONS: UpdatedTemplateCard = {
  card_type: "button_interaction",
  source: { desc: "监控", desc_color: 2 },
  action_menu: { action_list: [{ text: "静音", key: "mute" }] },
  main_title: { title: "发布？" },
  quote_area: { type: 2, appid: "wx1", pagepath: "p", title: "引用", quote_text: "原文" },
  sub_title_text: "检查通过",
  horizontal_content_list: [
    { keyname: "主机", value: "db-3" },
    { type: 3, keyname: "负责人", value: "李四", userid: "lisi" },
    { type: 2, keyname: "附件", value: "a.pdf", media_id: "M" },
  ],
  card_action: { type: 1, url: "https://a.example" },
  button_selection: { question_key: "region", option_list: [{ id: "cn", text: "中国" }], selected_id: "cn" },
  button_list: [
    { text: "同意", style: 1, key: "yes" },
    { type: 1, text: "差异", url: "https://a.example/d" },
  ],
}

const NEWS: UpdatedTemplateCard = {
  card_type: "news_notice",
  main_title: { title: "周报" },
  card_image: { url: "https://a.example/c.png", aspect_ratio: 1.8 },
  vertical_content_list: [{ title: "三个版本" }],
  jump_list: [{ type: 1, title: "全部", url: "https://a.example/all" }],
  card_action: { type: 2, appid: "wx1" },
}

const SELECTS: UpdatedTemplateCard = {
  card_type: "multiple_interaction",
  main_title: { title: "值班" },
  select_list: [{ question_key: "day", option_list: [{ id: "mon", text: "周一" }], selected_id: "mon", disable: true }],
}

const FIGURE: UpdatedTemplateCard = {
  card_type: "text_notice",
  emphasis_content: { title: "93%", desc: "已用" },
  main_title: { title: "磁盘" },
  card_action: { type: 1, url: "https://a.example" },
}

test("a card is written in WeCom's words for XML, lists as repeated elements", async () => {
  assert.equal(
    await written({ template_card: VOTE }),
    `${HEAD}<MsgType><![CDATA[update_template_card]]></MsgType><TemplateCard>` +
      "<CardType><![CDATA[vote_interaction]]></CardType>" +
      "<Source><IconUrl><![CDATA[https://a.example/i.png]]></IconUrl><Desc><![CDATA[行政]]></Desc></Source>" +
      "<MainTitle><Title><![CDATA[午饭]]></Title><Desc><![CDATA[可多选]]></Desc></MainTitle>" +
      "<CheckBox><QuestionKey><![CDATA[where]]></QuestionKey>" +
      "<OptionList><Id><![CDATA[a]]></Id><Text><![CDATA[面条]]></Text><IsChecked>true</IsChecked></OptionList>" +
      "<OptionList><Id><![CDATA[b]]></Id><Text><![CDATA[火锅]]></Text><IsChecked>false</IsChecked></OptionList>" +
      "<Disable>true</Disable><Mode>1</Mode></CheckBox>" +
      "<SubmitButton><Text><![CDATA[提交]]></Text><Key><![CDATA[vote]]></Key></SubmitButton>" +
      "<ReplaceText><![CDATA[已投票]]></ReplaceText></TemplateCard></xml>",
  )
  const buttons = await written({ template_card: BUTTONS })
  for (const element of [
    "<KeyName>",
    "<UserId>",
    "<MediaId>",
    "<AppId>",
    "<PagePath>",
    "<DescColor>2<",
    "<QuoteText>",
  ]) {
    assert.ok(buttons.includes(element), element)
  }
})

test("every reply comes back from its XML as it was", async () => {
  const replies: PassiveReply[] = [
    { msgtype: "text", text: { content: "收到" } },
    { msgtype: "image", image: { media_id: "M1" } },
    { msgtype: "voice", voice: { media_id: "M2" } },
    { msgtype: "video", video: { media_id: "M3", title: "回放", description: "最后" } },
    { msgtype: "news", news: { articles: [{ title: "一", description: "甲", url: "https://a.example" }] } },
    { button: { replace_name: "已同意" } },
  ]
  const cards = [VOTE, BUTTONS, NEWS, SELECTS, FIGURE].map((template_card) => ({ template_card }))
  for (const card of cards) {
    assert.deepEqual(
      checkCardUpdate(card).filter(({ severity }) => severity === "error"),
      [],
    )
  }
  for (const reply of [...replies, ...cards]) {
    const xml = await readXml(await written(reply))
    assert.deepEqual(passiveReplyFromXml(xml ?? {}), reply)
  }
})

test("a card in the spelling of other libraries is understood; numbers that are none stay as they are", async () => {
  const xml = await readXml(
    "<xml><MsgType>update_template_card</MsgType><TemplateCard><CardType>text_notice</CardType>" +
      "<HorizontalContentList><Keyname>主机</Keyname><Type>x</Type></HorizontalContentList></TemplateCard></xml>",
  )
  assert.deepEqual(passiveReplyFromXml(xml ?? {}), {
    template_card: { card_type: "text_notice", horizontal_content_list: [{ keyname: "主机", type: "x" }] },
  })
})

test("a reply of a kind there is none of is no reply", async () => {
  assert.equal(passiveReplyFromXml((await readXml("<xml><MsgType>music</MsgType></xml>")) ?? {}), undefined)
  assert.equal(passiveReplyFromXml({}), undefined)
})
