import assert from "node:assert/strict"
import test, { suite } from "node:test"
import { checkCardUpdate } from "./check-card-update.ts"
import { checkDuplicateCheck } from "./check-duplicate-check.ts"
import { checkMessage } from "./check-message.ts"
import { describeFault } from "./describe-fault.ts"
import type { Fault, FaultRule } from "./fault.ts"
import { checkMedia } from "./media/check-media.ts"
import { checkSafeFile } from "./media/check-safe-file.ts"
import { fullestCards, smallestCards } from "./testing/example-cards.ts"
import { smallest } from "./testing/example-messages.ts"
import { withValue } from "./testing/with-value.ts"
import { tolerate } from "./tolerate.ts"

interface Row {
  readonly rule: FaultRule
  readonly what: string
  readonly faults: readonly Fault[]
  readonly en: string
  readonly zh: string
}

const rows: readonly Row[] = [
  {
    rule: "required",
    what: "plainly",
    faults: checkMessage({ msgtype: "text", text: {} }),
    en: "text.content is missing; add it.",
    zh: "缺少 text.content，请补上。",
  },
  {
    rule: "required",
    what: "by another part",
    faults: checkCard(withValue(fullestCards.text_notice, "task_id", undefined)),
    en: "template_card.task_id is missing, and action_menu needs it; add it.",
    zh: "缺少 template_card.task_id（有 action_menu 时必填），请补上。",
  },
  {
    rule: "required",
    what: "by a value",
    faults: checkCard(withValue(smallestCards.text_notice, "card_action.url", undefined)),
    en: "template_card.card_action.url is missing, and type = 1 needs it; add it.",
    zh: "缺少 template_card.card_action.url（type = 1 时必填），请补上。",
  },
  {
    rule: "required",
    what: "unless another is there",
    faults: checkCardUpdate({}),
    en: "button is missing; give button or template_card.",
    zh: "缺少 button，请填写 button 或 template_card。",
  },
  {
    rule: "empty",
    what: "plainly",
    faults: checkMessage({ msgtype: "text", text: { content: "" } }),
    en: "text.content is empty; fill it in.",
    zh: "text.content 不能为空，请填写内容。",
  },
  {
    rule: "wrong_type",
    what: "of a member",
    faults: checkMessage({ msgtype: "markdown", markdown: { content: 1 } }),
    en: "markdown.content has the wrong JSON type; make it a string.",
    zh: "markdown.content 的 JSON 类型不对，应为字符串，请修改。",
  },
  {
    rule: "wrong_type",
    what: "of a choice",
    faults: checkMessage({ ...smallest.text, safe: "1" }),
    en: "safe has the wrong JSON type; make it a number: 0 or 1.",
    zh: "safe 的 JSON 类型不对，应为数字 0 或 1，请修改。",
  },
  {
    rule: "wrong_type",
    what: "of the whole",
    faults: checkMessage([]),
    en: "The message has the wrong JSON type; make it an object.",
    zh: "消息的 JSON 类型不对，应为对象，请修改。",
  },
  {
    rule: "too_long",
    what: "and cut, but may be split",
    faults: checkMessage({ msgtype: "text", text: { content: "x".repeat(2049) } }),
    en: "text.content is 2049 bytes long; WeCom cuts it after 2048 without an error. Shorten or split it.",
    zh: "text.content 有 2049 字节；超过 2048 字节的部分会被企业微信直接截断且不报错，请缩短或拆分。",
  },
  {
    rule: "too_long",
    what: "and cut",
    faults: checkMessage(withValue(smallest.textcard, "textcard.btntxt", "打开详情页")),
    en: "textcard.btntxt is 5 characters long; WeCom cuts it after 4 without an error. Shorten it.",
    zh: "textcard.btntxt 有 5 个字符；超过 4 个字符的部分会被企业微信直接截断且不报错，请缩短。",
  },
  {
    rule: "too_long",
    what: "and refused",
    faults: checkMessage(withValue(smallest.mpnews, "mpnews.articles[0].author", "x".repeat(65))),
    en: "mpnews.articles[0].author is 65 bytes long; WeCom takes at most 64. Shorten it.",
    zh: "mpnews.articles[0].author 有 65 字节；企业微信最多接受 64 字节，请缩短。",
  },
  {
    rule: "too_long",
    what: "and perhaps cut",
    faults: checkMessage(withValue(smallest.textcard, "textcard.title", "题".repeat(43))),
    en: "textcard.title is 129 bytes long; WeCom may cut it after 128, for its documents count now bytes, now characters. Shorten it if you can.",
    zh: "textcard.title 有 129 字节；企业微信文档对这一上限有字节和字符两种说法，超过 128 字节可能被截断，建议缩短。",
  },
  {
    rule: "too_long",
    what: "and shown in part",
    faults: checkCard(withValue(smallestCards.text_notice, "main_title.title", "题".repeat(37))),
    en: "template_card.main_title.title is 37 characters long; WeCom suggests at most 36 and may show less of it. Shorten it if you can.",
    zh: "template_card.main_title.title 有 37 个字符；企业微信建议不超过 36 个字符，超出部分可能显示不全，建议缩短。",
  },
  {
    rule: "too_short",
    what: "plainly",
    faults: checkMessage(withValue(smallest.miniprogram_notice, "miniprogram_notice.title", "会")),
    en: "miniprogram_notice.title is 1 character long; WeCom wants at least 4. Lengthen it.",
    zh: "miniprogram_notice.title 只有 1 个字符；企业微信要求至少 4 个字符，请加长。",
  },
  {
    rule: "too_many",
    what: "plainly",
    faults: checkCard(
      withValue(smallestCards.text_notice, "jump_list", Array(5).fill(fullestCards.text_notice.jump_list[0])),
    ),
    en: "template_card.jump_list has 5 items; WeCom takes at most 3. Remove 2.",
    zh: "template_card.jump_list 有 5 项；企业微信最多接受 3 项，请删去 2 项。",
  },
  {
    rule: "too_few",
    what: "plainly",
    faults: checkCard(withValue(smallestCards.button_interaction, "button_list", [])),
    en: "template_card.button_list has 0 items; WeCom wants at least 1. Add 1.",
    zh: "template_card.button_list 有 0 项；企业微信要求至少 1 项，请补足 1 项。",
  },
  {
    rule: "not_allowed",
    what: "among choices",
    faults: checkMessage({ ...smallest.mpnews, safe: 3 }),
    en: "safe has a value that is not allowed here; write 0, 1 or 2.",
    zh: "safe 的取值在这里无效，应为 0、1 或 2。",
  },
  {
    rule: "not_allowed",
    what: "outside a range",
    faults: checkDuplicateCheck({ enable_duplicate_check: 1, duplicate_check_interval: 20_000 }),
    en: "duplicate_check_interval is 20000; WeCom takes 1–14400. Change it.",
    zh: "duplicate_check_interval 为 20000；企业微信只接受 1–14400，请修改。",
  },
  {
    rule: "bad_format",
    what: "refused",
    faults: checkMessage(withValue(smallest.textcard, "textcard.url", "hr.example.com")),
    en: "textcard.url does not have the form http(s)://…, which WeCom asks for; correct it.",
    zh: "textcard.url 格式不对，企业微信要求 http(s)://… 的形式，请改正。",
  },
  {
    rule: "bad_format",
    what: "as a suggestion",
    faults: checkCard(withValue(fullestCards.text_notice, "horizontal_content_list[2].value", "日志")),
    en: "template_card.horizontal_content_list[2].value does not have the form name.ext; change it if you can.",
    zh: "template_card.horizontal_content_list[2].value 建议写成 name.ext 的形式。",
  },
  {
    rule: "not_unique",
    what: "plainly",
    faults: checkCard(
      withValue(smallestCards.button_interaction, "button_list", [
        { text: "甲", key: "k" },
        { text: "乙", key: "k" },
      ]),
    ),
    en: "template_card.button_list[1].key repeats template_card.button_list[0].key; give each a value of its own.",
    zh: "template_card.button_list[1].key 与 template_card.button_list[0].key 重复，请使用不同的值。",
  },
  {
    rule: "conflict",
    what: "plainly",
    faults: checkMessage({ ...smallest.text, markdown: { content: "a" } }),
    en: "markdown does not go together with msgtype = text; remove it.",
    zh: "markdown 不能与 msgtype = text 同时使用，请删除。",
  },
  {
    rule: "unknown_field",
    what: "of an envelope",
    faults: checkCardUpdate({ button: { replace_name: "好" }, userid: "a" }),
    en: "userid is no field WeCom knows here; remove it or correct its name.",
    zh: "userid 不是企业微信在此处支持的字段，请删除或更正名称。",
  },
  {
    rule: "unknown_field",
    what: "where others are there",
    faults: [{ path: "nmae", rule: "unknown_field", severity: "error", allowed: ["name", "size"] }],
    en: "nmae is no option here; write name or size, or remove it.",
    zh: "没有 nmae 这个选项，可用的有 name 或 size，请更正或删除。",
  },
  {
    rule: "wrong_type",
    what: "of what has no form in JSON",
    faults: [{ path: "signal", rule: "wrong_type", severity: "error", because: "AbortSignal" }],
    en: "signal has the wrong type; make it an AbortSignal: the `signal` of an AbortController, not the controller.",
    zh: "signal 的类型不对，应为 AbortSignal：传 AbortController 的 signal，而不是它本身，请修改。",
  },
  {
    rule: "unknown_field",
    what: "that goes out",
    faults: checkMessage({ ...smallest.text, saef: 1 }),
    en: "saef is no field WeCom documents here; it goes out as it is, and WeCom may ignore it.",
    zh: "saef 不是企业微信文档在此处列出的字段；将原样发出，企业微信可能忽略它。",
  },
  {
    rule: "conflict",
    what: "that WeCom ignores",
    faults: checkMessage({ ...smallest.text, markdown: { content: "a" } }).map(tolerate),
    en: "markdown does not go together with msgtype = text, so WeCom ignores it; remove it if you can.",
    zh: "markdown 不能与 msgtype = text 同时使用，企业微信会忽略它，建议删除。",
  },
  {
    rule: "required",
    what: "that has a default",
    faults: checkCard(withValue(smallestCards.vote_interaction, "submit_button.text", undefined)),
    en: "template_card.submit_button.text is missing; WeCom puts its default there. Fill it in if you can. WeCom may refuse the message for it (42049).",
    zh: "缺少 template_card.submit_button.text，企业微信会使用默认值，建议填写。企业微信可能因此拒绝该消息（42049）。",
  },
  {
    rule: "empty",
    what: "that may be left out",
    faults: checkCard({ ...smallestCards.text_notice, action_menu: {} }),
    en: "template_card.action_menu holds nothing, which WeCom should take for left out; leave it out if you can.",
    zh: "template_card.action_menu 没有内容，企业微信应会视为未填写，建议去掉该字段。",
  },
  {
    rule: "wrong_type",
    what: "that WeCom passes over",
    faults: checkMessage({ ...smallest.text, safe: "1" }).map(tolerate),
    en: "safe has the wrong JSON type, so WeCom passes over it; if you can, make it a number: 0 or 1.",
    zh: "safe 的 JSON 类型不对，企业微信会忽略它；建议改为数字 0 或 1。",
  },
  {
    rule: "not_allowed",
    what: "that has a default",
    faults: checkCard(withValue(smallestCards.button_interaction, "button_list[0].style", 5)),
    en: "template_card.button_list[0].style has no value that WeCom documents here, so it takes its default; write 1, 2, 3 or 4 if you can.",
    zh: "template_card.button_list[0].style 的取值不在企业微信文档之内，企业微信会使用默认值；建议写成 1、2、3 或 4。",
  },
  {
    rule: "not_allowed",
    what: "outside a range that has a default",
    faults: checkDuplicateCheck({ duplicate_check_interval: 20_000 }).map(tolerate),
    en: "duplicate_check_interval has no value that WeCom documents here, so it takes its default; keep to 1–14400 if you can.",
    zh: "duplicate_check_interval 的取值不在企业微信文档之内，企业微信会使用默认值；建议在 1–14400 之内取值。",
  },
  {
    rule: "too_long",
    what: "and cut, which is tolerated",
    faults: checkMessage({ msgtype: "text", text: { content: "x".repeat(2049) } }).map(tolerate),
    en: "text.content is 2049 bytes long; WeCom cuts it after 2048. Shorten or split it if you can.",
    zh: "text.content 有 2049 字节；超过 2048 字节的部分会被企业微信截断，建议缩短或拆分。",
  },
  {
    rule: "too_long",
    what: "by its marks",
    faults: checkMessage({
      msgtype: "text",
      text: { content: "$userName=zhangsan$" + "x".repeat(2048) },
      enable_id_trans: 1,
    }),
    en: "text.content is 2067 bytes long with its marks for names; whether WeCom counts these against its 2048 is not known. Shorten it if you can.",
    zh: "text.content 连同 id 转译标记有 2067 字节；标记是否计入 2048 字节的上限没有文档说明，建议缩短。",
  },
  {
    rule: "left_out",
    what: "plainly",
    faults: [{ path: "touser", rule: "left_out", severity: "warning", because: "to" }],
    en: "touser is left out, for to says it here; remove it.",
    zh: "touser 已略去，此处由 to 指定，请删除该字段。",
  },
  {
    rule: "unsafe_file",
    what: "plainly",
    faults: [checkSafeFile("a.zip", { path: "--file", file: "a.zip" })].filter((fault) => fault !== undefined),
    en: "--file (a.zip) cannot go with safe = 1, for which WeCom takes only txt, pdf, doc, docx, ppt, pptx, xls, xlsx, xml, jpg, jpeg, png, bmp or gif. Convert it, or send it without safe.",
    zh: "--file（a.zip）不能以 safe = 1（保密）发送；企业微信此时只接受 txt、pdf、doc、docx、ppt、pptx、xls、xlsx、xml、jpg、jpeg、png、bmp 或 gif，请转换格式，或不使用 safe。",
  },
  {
    rule: "not_json",
    what: "plainly",
    faults: checkMessage({ ...smallest.text, text: { content: "a", odd: 1n } }).filter(
      ({ rule }) => rule === "not_json",
    ),
    en: "text.odd has no form in JSON: it leads back to itself, is nested too deep, or is a big integer. Remove it.",
    zh: "text.odd 无法写成 JSON：循环引用、嵌套过深或为 BigInt，请删除。",
  },
  {
    rule: "nul",
    what: "plainly",
    faults: checkMessage({ msgtype: "text", text: { content: "abc\0" } }),
    en: "text.content holds a NUL character at position 3; remove it.",
    zh: "text.content 在位置 3 处含有空字符（NUL），请删除。",
  },
  {
    rule: "lone_surrogate",
    what: "plainly",
    faults: checkMessage({ msgtype: "text", text: { content: "\ud800" } }),
    en: "text.content holds half a character (a lone surrogate) at position 0; remove it.",
    zh: "text.content 在位置 0 处含有半个字符（孤立的代理项），请删除。",
  },
  {
    rule: "file_too_large",
    what: "that could go as a file",
    faults: checkMedia("image", { sizeBytes: 10_485_761, format: "png" }, { path: "image.media_id", file: "图.png" }),
    en: "image.media_id (图.png) has 10485761 bytes; WeCom takes pictures of at most 10485760 bytes (10 MB). Make it smaller, or send it as a file.",
    zh: "image.media_id（图.png）有 10485761 字节；企业微信的图片最大 10485760 字节（10 MB），请压缩，或按文件发送。",
  },
  {
    rule: "file_too_large",
    what: "that is a file already",
    faults: checkMedia("file", { sizeBytes: 20_971_521 }, { path: "--file" }),
    en: "--file has 20971521 bytes; WeCom takes files of at most 20971520 bytes (20 MB). Make it smaller, or send a link to it.",
    zh: "--file 有 20971521 字节；企业微信的文件最大 20971520 字节（20 MB），请压缩，或改发下载链接。",
  },
  {
    rule: "file_too_small",
    what: "plainly",
    faults: checkMedia("file", { sizeBytes: 1 }, { path: "--file", file: "a.txt" }),
    en: "--file (a.txt) has 1 byte; WeCom takes only files of more than 5 bytes. Check that it is the right file.",
    zh: "--file（a.txt）只有 1 字节；企业微信要求文件大于 5 字节，请检查文件是否正确。",
  },
  {
    rule: "file_kind",
    what: "when it is something else",
    faults: checkMedia("image", { sizeBytes: 99, format: "gif" }, { path: "--image", file: "a.png" }),
    en: "--image (a.png) is gif by its bytes, whatever its name says; WeCom takes JPG or PNG here. Convert it, or send it as a file.",
    zh: "--image（a.png）按内容判断是 gif（与文件名无关）；企业微信在此只接受 JPG 或 PNG，请转换格式，或按文件发送。",
  },
  {
    rule: "file_kind",
    what: "when it is nothing known",
    faults: checkMedia("voice", { sizeBytes: 99 }, { path: "--voice" }),
    en: "--voice is of no known kind by its bytes, whatever its name says; WeCom takes AMR here. Convert it, or send it as a file.",
    zh: "--voice 按内容判断不是已知的格式（与文件名无关）；企业微信在此只接受 AMR，请转换格式，或按文件发送。",
  },
  {
    rule: "voice_too_long",
    what: "plainly",
    faults: checkMedia("voice", { sizeBytes: 99_999, format: "amr", durationMs: 60_020 }, { path: "--voice" }),
    en: "--voice lasts 60.02 seconds; WeCom takes voice of at most 60. Shorten it, or send it as a file.",
    zh: "--voice 时长 60.02 秒；企业微信的语音最长 60 秒，请截短，或按文件发送。",
  },
  {
    rule: "file_unreadable",
    what: "because it is not there",
    faults: [{ path: "--file", rule: "file_unreadable", severity: "error", file: "报告.pdf", because: "ENOENT" }],
    en: "--file (报告.pdf) does not exist; correct its path.",
    zh: "--file（报告.pdf）不存在，请检查路径。",
  },
  {
    rule: "file_unreadable",
    what: "for a reason of the system's",
    faults: [{ path: "--file", rule: "file_unreadable", severity: "error", because: "EIO" }],
    en: "--file cannot be read (EIO); check it.",
    zh: "--file 无法读取（EIO），请检查。",
  },
  {
    rule: "file_unreadable",
    what: "because nothing came",
    faults: [{ path: "file.media_id", rule: "file_unreadable", severity: "error", because: "STALLED", limit: 30 }],
    en: "file.media_id gave nothing for 30 seconds; see what writes to it, or allow more (sourceTimeoutMs).",
    zh: "file.media_id 在 30 秒内没有给出任何数据，请检查它的写入方，或放宽时限（sourceTimeoutMs）。",
  },
]

suite("a fault in words names the field, the limit and what to do", () => {
  for (const { rule, what, faults, en, zh } of rows) {
    test(`${rule}, ${what}`, () => {
      assert.deepEqual(
        faults.map((fault) => fault.rule),
        [rule],
      )
      assert.deepEqual(
        faults.map((fault) => describeFault(fault, "en")),
        [en],
      )
      assert.deepEqual(
        faults.map((fault) => describeFault(fault, "zh")),
        [zh],
      )
    })
  }
})

test("a long list of choices is cut short", () => {
  const fault: Fault = { path: "p", rule: "not_allowed", severity: "error", allowed: Array(30).fill(7) }
  const shown = Array(20).fill("7")
  assert.equal(describeFault(fault, "en"), `p has a value that is not allowed here; write ${shown.join(", ")}, ….`)
  assert.equal(describeFault(fault, "zh"), `p 的取值在这里无效，应为 ${shown.join("、")}、…。`)
})

function checkCard(template_card: unknown): Fault[] {
  return checkMessage({ msgtype: "template_card", template_card })
}
