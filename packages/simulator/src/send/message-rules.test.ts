import assert from "node:assert/strict"
import { suite, test } from "node:test"
import type { CardType, MessageType } from "@wecom-push/protocol"
import { shared } from "../../../../tools/testing/shared.ts"
import { fullestCards } from "../../../protocol/src/testing/example-cards.ts"
import { fullest } from "../../../protocol/src/testing/example-messages.ts"
import { withValue } from "../../../protocol/src/testing/with-value.ts"
import { simClient } from "../testing/sim-client.ts"

const { template_card: _, ...otherTypes } = fullest
/** Each type with every field it has, and each card with every part. */
const FULLEST = {
  ...otherTypes,
  ...(Object.fromEntries(
    Object.entries(fullestCards).map(([type, card]) => [type, { msgtype: "template_card", template_card: card }]),
  ) as Record<CardType, { readonly msgtype: "template_card"; readonly template_card: object }>),
}
type Kind = Exclude<MessageType, "template_card"> | CardType

/** The result for a longer text: an errcode, or "cut": the phone shows as much of it as the limit allows. */
type Beyond = number | "cut"
type Unit = "bytes" | "characters"

/** A text of the limit's length is accepted, one more unit is not. */
const TEXTS: readonly (readonly [section: string, kind: Kind, path: string, limit: number, unit: Unit, Beyond])[] = [
  ["4.4", "text", "content", 2048, "bytes", "cut"],
  ["4.5", "video", "title", 128, "bytes", "cut"],
  ["4.5", "video", "description", 512, "bytes", "cut"],
  ["4.6", "textcard", "title", 128, "characters", "cut"],
  ["4.6", "textcard", "description", 512, "characters", "cut"],
  ["4.6", "textcard", "url", 2048, "bytes", 40058],
  ["4.6", "textcard", "btntxt", 4, "characters", "cut"],
  ["4.7", "news", "articles[0].title", 128, "bytes", "cut"],
  ["4.7", "news", "articles[0].description", 512, "bytes", "cut"],
  ["4.7", "news", "articles[0].url", 2048, "bytes", 40058],
  ["4.7", "news", "articles[0].picurl", 2048, "bytes", 40058],
  ["4.7", "news", "articles[1].pagepath", 128, "bytes", 40058],
  ["4.8", "mpnews", "articles[0].title", 128, "bytes", "cut"],
  ["4.8, 11.3", "mpnews", "articles[0].author", 64, "bytes", 45032],
  ["4.8, 11.3", "mpnews", "articles[0].content", 666 * 1024, "bytes", 45002],
  ["4.8", "mpnews", "articles[0].digest", 512, "bytes", "cut"],
  ["4.9", "markdown", "content", 2048, "bytes", "cut"],
  ["4.10, 11.3", "miniprogram_notice", "page", 1024, "bytes", 90204],
  ["4.10", "miniprogram_notice", "title", 12, "characters", 40058],
  ["4.10", "miniprogram_notice", "description", 12, "characters", 40058],
  ["4.10, 11.3", "miniprogram_notice", "content_item[0].key", 10, "characters", 90202],
  ["4.10, 11.3", "miniprogram_notice", "content_item[0].value", 30, "characters", 90203],
  ["4.11, 11.4", "button_interaction", "task_id", 128, "bytes", 42014],
  ["4.11", "text_notice", "action_menu.action_list[0].key", 1024, "bytes", 40058],
  ["4.11, 11.4", "button_interaction", "button_selection.question_key", 1024, "bytes", 42043],
  ["4.11, 11.4", "button_interaction", "button_selection.option_list[0].id", 128, "bytes", 42040],
  ["4.11, 11.4", "button_interaction", "button_list[0].key", 1024, "bytes", 42039],
  ["4.11, 11.4", "vote_interaction", "checkbox.question_key", 1024, "bytes", 42043],
  ["4.11, 11.4", "vote_interaction", "checkbox.option_list[0].id", 128, "bytes", 42040],
  ["4.11, 11.4", "vote_interaction", "submit_button.key", 1024, "bytes", 42046],
  ["4.11, 11.4", "multiple_interaction", "select_list[0].question_key", 1024, "bytes", 42043],
  ["4.11, 11.4", "multiple_interaction", "select_list[0].option_list[0].id", 128, "bytes", 42040],
  ["4.11, 11.4", "multiple_interaction", "submit_button.key", 1024, "bytes", 42046],
]

/** Lengths that WeCom suggests for display: longer texts are sent unchanged. */
const SUGGESTED: readonly (readonly [kind: CardType, path: string, characters: number])[] = [
  ["text_notice", "source.desc", 20],
  ["text_notice", "main_title.title", 36],
  ["text_notice", "main_title.desc", 44],
  ["text_notice", "emphasis_content.title", 14],
  ["text_notice", "emphasis_content.desc", 22],
  ["text_notice", "sub_title_text", 160],
  ["text_notice", "horizontal_content_list[0].keyname", 5],
  ["text_notice", "horizontal_content_list[0].value", 30],
  ["text_notice", "jump_list[0].title", 18],
  ["news_notice", "main_title.title", 36],
  ["news_notice", "main_title.desc", 44],
  ["news_notice", "vertical_content_list[0].title", 38],
  ["news_notice", "vertical_content_list[0].desc", 160],
  ["button_interaction", "main_title.title", 36],
  ["button_interaction", "main_title.desc", 44],
  ["button_interaction", "sub_title_text", 160],
  ["button_interaction", "button_selection.option_list[0].text", 16],
  ["button_interaction", "button_list[0].text", 10],
  ["vote_interaction", "source.desc", 20],
  ["vote_interaction", "main_title.title", 16],
  ["vote_interaction", "main_title.desc", 160],
  ["vote_interaction", "checkbox.option_list[0].text", 17],
  ["vote_interaction", "submit_button.text", 10],
  ["multiple_interaction", "main_title.title", 36],
  ["multiple_interaction", "main_title.desc", 160],
  ["multiple_interaction", "select_list[0].option_list[0].text", 16],
  ["multiple_interaction", "submit_button.text", 10],
]

/** The required fields. */
const REQUIRED: readonly (readonly [section: string, kind: Kind, path: string, errcode: number])[] = [
  ["4.4", "text", "content", 44004],
  ["4.5, 11.5", "image", "media_id", 41006],
  ["4.5, 11.5", "voice", "media_id", 41006],
  ["4.5, 11.5", "video", "media_id", 41006],
  ["4.5, 11.5", "file", "media_id", 41006],
  ["4.6", "textcard", "title", 40058],
  ["4.6, 11.3", "textcard", "description", 41033],
  ["4.6, 11.3", "textcard", "url", 41010],
  ["4.7, 11.3", "news", "articles[0].title", 41016],
  ["4.7, 11.3", "news", "articles[0].url", 41010],
  ["4.7", "news", "articles[1].appid", 40058],
  ["4.7", "news", "articles[1].pagepath", 40058],
  ["4.8", "mpnews", "articles[0].title", 40058],
  ["4.8, 11.5", "mpnews", "articles[0].thumb_media_id", 41006],
  ["4.8", "mpnews", "articles[0].content", 40058],
  ["4.9", "markdown", "content", 44004],
  ["4.10, 11.3", "miniprogram_notice", "appid", 90200],
  ["4.10", "miniprogram_notice", "title", 40058],
  ["4.10, 11.3", "miniprogram_notice", "content_item[0].key", 90202],
  ["4.10, 11.3", "miniprogram_notice", "content_item[0].value", 90203],
  ["4.11", "text_notice", "action_menu.action_list", 40058],
  ["4.11", "text_notice", "action_menu.action_list[0].text", 40058],
  ["4.11", "text_notice", "action_menu.action_list[0].key", 40058],
  ["4.11, 11.4", "text_notice", "task_id", 42014],
  ["4.11, 11.4", "text_notice", "quote_area.url", 42028],
  ["4.11, 11.4", "text_notice", "horizontal_content_list[0].keyname", 42027],
  ["4.11, 11.4", "text_notice", "horizontal_content_list[1].url", 42028],
  ["4.11, 11.4", "text_notice", "horizontal_content_list[2].media_id", 42029],
  ["4.11, 11.4", "text_notice", "horizontal_content_list[3].userid", 42050],
  ["4.11, 11.4", "text_notice", "jump_list[0].title", 42033],
  ["4.11, 11.4", "text_notice", "jump_list[0].url", 42028],
  ["4.11, 11.4", "text_notice", "jump_list[1].appid", 42030],
  ["4.11, 11.4", "text_notice", "card_action", 42045],
  ["4.11, 11.4", "text_notice", "card_action.type", 42045],
  ["4.11, 11.4", "text_notice", "card_action.appid", 42030],
  ["4.11, 11.4", "news_notice", "task_id", 42014],
  ["4.11", "news_notice", "main_title", 40058],
  ["4.11, 11.4", "news_notice", "quote_area.appid", 42030],
  ["4.11, 11.4", "news_notice", "vertical_content_list[0].title", 42033],
  ["4.11, 11.4", "news_notice", "card_image.url", 42044],
  ["4.11", "news_notice", "image_text_area.image_url", 40058],
  ["4.11, 11.4", "news_notice", "image_text_area.url", 42028],
  ["4.11, 11.4", "news_notice", "card_action", 42045],
  ["4.11, 11.4", "news_notice", "card_action.url", 42028],
  ["4.11, 11.4", "button_interaction", "task_id", 42014],
  ["4.11", "button_interaction", "main_title", 40058],
  ["4.11, 11.4", "button_interaction", "button_selection.question_key", 42043],
  ["4.11, 11.4", "button_interaction", "button_selection.option_list", 42037],
  ["4.11, 11.4", "button_interaction", "button_selection.option_list[0].id", 42040],
  ["4.11, 11.4", "button_interaction", "button_selection.option_list[0].text", 42041],
  ["4.11", "button_interaction", "button_list", 40058],
  ["4.11, 11.4", "button_interaction", "button_list[0].text", 42038],
  ["4.11, 11.4", "button_interaction", "button_list[0].key", 42039],
  ["4.11, 11.4", "button_interaction", "button_list[2].url", 42028],
  ["4.11, 11.4", "vote_interaction", "task_id", 42014],
  ["4.11", "vote_interaction", "main_title", 40058],
  ["4.11", "vote_interaction", "checkbox", 40058],
  ["4.11, 11.4", "vote_interaction", "checkbox.question_key", 42043],
  ["4.11", "vote_interaction", "checkbox.option_list", 40058],
  ["4.11, 11.4", "vote_interaction", "checkbox.option_list[0].id", 42040],
  ["4.11, 11.4", "vote_interaction", "checkbox.option_list[0].text", 42041],
  ["4.11", "vote_interaction", "checkbox.option_list[0].is_checked", 40058],
  ["4.11, 11.4", "vote_interaction", "submit_button", 42046],
  ["4.11, 11.4", "vote_interaction", "submit_button.key", 42046],
  ["4.11, 11.4", "multiple_interaction", "task_id", 42014],
  ["4.11", "multiple_interaction", "main_title", 40058],
  ["4.11, 11.4", "multiple_interaction", "select_list", 42047],
  ["4.11, 11.4", "multiple_interaction", "select_list[0].question_key", 42043],
  ["4.11, 11.4", "multiple_interaction", "select_list[0].option_list", 42037],
  ["4.11, 11.4", "multiple_interaction", "select_list[0].option_list[0].id", 42040],
  ["4.11, 11.4", "multiple_interaction", "select_list[0].option_list[0].text", 42041],
  ["4.11, 11.4", "multiple_interaction", "submit_button", 42046],
  ["4.11, 11.4", "multiple_interaction", "submit_button.key", 42046],
]

/** How many items a list may have; each item is a copy of the first, with its own value in the field that must be unique. */
const LISTS: readonly (readonly [
  section: string,
  kind: Kind,
  path: string,
  min: number,
  max: number,
  errcode: number,
  unique?: string,
])[] = [
  ["4.7, 11.3", "news", "articles", 1, 8, 45008],
  ["4.8, 11.3", "mpnews", "articles", 1, 8, 45008],
  ["4.10, 11.3", "miniprogram_notice", "content_item", 0, 10, 90201],
  ["4.11", "text_notice", "action_menu.action_list", 1, 3, 40058, "key"],
  ["4.11, 11.4", "text_notice", "horizontal_content_list", 0, 6, 42035],
  ["4.11, 11.4", "news_notice", "vertical_content_list", 0, 4, 42036],
  ["4.11, 11.4", "text_notice", "jump_list", 0, 3, 42042],
  ["4.11, 11.4", "button_interaction", "button_selection.option_list", 1, 10, 42037, "id"],
  ["4.11", "button_interaction", "button_list", 1, 6, 40058, "key"],
  ["4.11, 11.4", "vote_interaction", "checkbox.option_list", 1, 20, 42037, "id"],
  ["4.11, 11.4", "multiple_interaction", "select_list", 1, 3, 42047, "question_key"],
  ["4.11, 11.4", "multiple_interaction", "select_list[0].option_list", 1, 10, 42037, "id"],
]

/** The values that may occur only once in a list. */
const UNIQUE: readonly (readonly [kind: CardType, path: string, field: string, errcode: number])[] = [
  ["text_notice", "action_menu.action_list", "key", 42051],
  ["button_interaction", "button_selection.option_list", "id", 42040],
  ["button_interaction", "button_list", "key", 42039],
  ["vote_interaction", "checkbox.option_list", "id", 42040],
  ["multiple_interaction", "select_list", "question_key", 42043],
  ["multiple_interaction", "select_list[0].option_list", "id", 42040],
]

/** Single values, and the errcode of each. */
const VALUES: readonly (readonly [section: string, kind: Kind, path: string, value: unknown, errcode: number])[] = [
  ["4.6, 11.3", "textcard", "url", "example.com", 45034],
  ["4.7, 11.3", "news", "articles[0].url", "example.com", 45034],
  ["4.7", "news", "articles[0].picurl", "example.com", 0],
  ["4.7, 11.3", "news", "articles[1].appid", "wx0000000000000009", 90206],
  ["4.8, 11.3", "mpnews", "articles[0].content_source_url", "example.com", 45034],
  ["4.10, 11.3", "miniprogram_notice", "appid", "wx0000000000000009", 90206],
  ["4.10", "miniprogram_notice", "title", "会议室", 40058],
  ["4.10", "miniprogram_notice", "description", "会议室", 40058],
  ["4.10", "miniprogram_notice", "emphasis_first_item", false, 0],
  ["4.11, 11.4", "text_notice", "card_type", "poster", 42031],
  ["4.11, 11.4", "text_notice", "task_id", "no blanks", 42014],
  ["4.11", "text_notice", "source.icon_url", "example.com", 0],
  ["4.11", "text_notice", "source.desc_color", 3, 0],
  ["4.11", "text_notice", "action_menu.desc", "菜".repeat(99), 0],
  ["4.11", "text_notice", "quote_area.type", 3, 40058],
  ["4.11, 11.3", "text_notice", "quote_area.url", "example.com", 45034],
  ["4.11", "text_notice", "quote_area.title", "引".repeat(99), 0],
  ["4.11", "text_notice", "quote_area.quote_text", "引".repeat(99), 0],
  ["4.11, 11.4", "text_notice", "horizontal_content_list[3].userid", "stranger", 42050],
  ["4.11", "text_notice", "horizontal_content_list[0].type", 4, 40058],
  ["4.11, 11.3", "text_notice", "horizontal_content_list[1].url", "example.com", 45034],
  ["4.11", "text_notice", "jump_list[0].type", 3, 40058],
  ["4.11, 11.3", "text_notice", "jump_list[0].url", "example.com", 45034],
  ["4.11, 11.3", "text_notice", "jump_list[1].appid", "wx0000000000000009", 90206],
  ["4.11", "text_notice", "jump_list[1].pagepath", undefined, 0],
  ["4.11, 11.4", "text_notice", "card_action.type", 0, 42045],
  ["4.11, 11.3", "text_notice", "card_action.appid", "wx0000000000000009", 90206],
  ["4.11", "text_notice", "card_action.pagepath", undefined, 0],
  ["4.11, 11.4", "news_notice", "card_action.url", "example.com", 42045],
  ["4.11, 11.4", "news_notice", "card_image.url", "example.com", 42044],
  ["4.11", "news_notice", "card_image.aspect_ratio", 1.3, 0],
  ["4.11", "news_notice", "card_image.aspect_ratio", 1.29, 40058],
  ["4.11", "news_notice", "card_image.aspect_ratio", 2.25, 0],
  ["4.11", "news_notice", "card_image.aspect_ratio", 2.26, 40058],
  ["4.11", "news_notice", "image_text_area.type", 3, 40058],
  ["4.11, 11.3", "news_notice", "image_text_area.url", "example.com", 45034],
  ["4.11", "news_notice", "image_text_area.image_url", "example.com", 40058],
  ["4.11", "news_notice", "image_text_area.title", "封".repeat(99), 0],
  ["4.11", "news_notice", "image_text_area.desc", "封".repeat(99), 0],
  ["4.11, 11.4", "button_interaction", "card_action.type", 3, 42045],
  ["4.11", "button_interaction", "button_selection.title", "域".repeat(99), 0],
  ["4.11", "button_interaction", "button_selection.selected_id", "none of them", 0],
  ["4.11", "button_interaction", "button_list[0].type", 2, 40058],
  ["4.11", "button_interaction", "button_list[0].style", 5, 0],
  ["4.11, 11.3", "button_interaction", "button_list[2].url", "example.com", 45034],
  ["4.11", "vote_interaction", "checkbox.mode", 2, 40058],
  ["4.11", "vote_interaction", "submit_button.text", undefined, 0],
  ["4.11", "multiple_interaction", "select_list[0].title", "日".repeat(99), 0],
  ["4.11", "multiple_interaction", "select_list[0].selected_id", "none of them", 0],
]

/** Switches beside the payload. */
const SWITCHES: readonly (readonly [section: string, kind: Kind, switches: object, errcode: number])[] = [
  ["4.1", "text", { safe: 1 }, 0],
  ["4.1", "text", { safe: 2 }, 40058],
  ["4.1", "image", { safe: 2 }, 40058],
  ["4.1", "video", { safe: 2 }, 40058],
  ["4.1", "file", { safe: 2 }, 40058],
  ["4.1", "mpnews", { safe: 2 }, 0],
  ["4.1", "mpnews", { safe: 3 }, 40058],
  ["4.1, 11.3", "news", { safe: 1 }, 40074],
  ["4.9, 11.3", "text", { msgtype: "markdown_v2" }, 40008],
  ["4.10", "miniprogram_notice", { touser: "@all" }, 40058],
]

suite("message/send, rule by rule", () => {
  const sim = shared(async (resources) =>
    resources.use(
      await simClient({
        settings: { unknown_media: "accept", limits: { member_per_minute: null, member_per_hour: null } },
      }),
    ),
  )
  let sent = 0

  /** The errcode for that value, and the value that zhangsan's phone shows. */
  async function send(kind: Kind, path: string, value: unknown, more: object = {}) {
    const { msgtype } = FULLEST[kind]
    const payload = withValue(payloadOf(kind), path, value) as Record<string, unknown>
    // An app may use a task_id only once.
    const taskId = taskIdOf(kind)
    if (taskId !== undefined && payload["task_id"] === taskId) payload["task_id"] = `t${++sent}`
    const { safe } = FULLEST[kind] as { readonly safe?: number }
    const { errcode, msgid } = await sim().send({
      msgtype,
      text: undefined,
      ...(safe === undefined ? {} : { safe }),
      // A file with `safe` must be of a documented kind, and none was uploaded here.
      ...(kind === "file" ? { safe: 0 } : {}),
      [msgtype]: payload,
      ...more,
    })
    const shown = sim()
      .sim.messages()
      .find((copy) => copy.msgid === msgid)
    return { errcode, shown: valueAt(shown?.body, `${msgtype}.${path}`) }
  }

  for (const [section, kind, path, limit, unit, beyond] of TEXTS) {
    // proves 32.simulator: each limit of a message's texts, with its section
    test(`${section}: ${kind}: ${path} of ${limit} ${unit}, and of one more: ${beyond}`, async () => {
      const longest = textOfSize(path, limit, unit)
      assert.deepEqual(await send(kind, path, longest), { errcode: 0, shown: longest })
      const { errcode, shown } = await send(kind, path, textOfSize(path, limit + 1, unit))
      assert.equal(errcode, beyond === "cut" ? 0 : beyond)
      assert.equal(shown, beyond === "cut" ? longest : undefined)
    })
  }

  for (const [kind, path, characters] of SUGGESTED) {
    test(`4.11: ${kind}: ${path} of more than the suggested ${characters} characters goes as it is`, async () => {
      const long = "字".repeat(characters + 1)
      assert.deepEqual(await send(kind, path, long), { errcode: 0, shown: long })
    })
  }

  for (const [section, kind, path, errcode] of REQUIRED) {
    // proves 32.simulator: each field that a message must have, with its section
    test(`${section}: ${kind} without ${path}: ${errcode}`, async () => {
      assert.deepEqual(await send(kind, path, undefined), { errcode, shown: undefined })
    })
  }

  for (const [section, kind, path, min, max, errcode, unique] of LISTS) {
    // proves 32.simulator: each list of a message, with its section
    test(`${section}: ${kind}: ${min} to ${max} of ${path}, else ${errcode}`, async () => {
      const first = (valueAt(payloadOf(kind), path) as readonly object[])[0]
      const listOf = (length: number) =>
        Array.from({ length }, (__, index) => ({
          ...first,
          ...(unique === undefined ? {} : { [unique]: `u${index}` }),
        }))
      assert.equal((await send(kind, path, listOf(max))).errcode, 0)
      assert.equal((await send(kind, path, listOf(max + 1))).errcode, errcode)
      assert.equal((await send(kind, path, listOf(min))).errcode, 0)
      if (min > 0) assert.equal((await send(kind, path, listOf(min - 1))).errcode, errcode)
    })
  }

  for (const [kind, path, field, errcode] of UNIQUE) {
    test(`4.11, 11.4: ${kind}: ${field} twice in ${path}: ${errcode}`, async () => {
      const first = (valueAt(payloadOf(kind), path) as readonly object[])[0]
      assert.equal((await send(kind, path, [first, first])).errcode, errcode)
    })
  }

  for (const [section, kind, path, value, errcode] of VALUES) {
    // proves 32.simulator: each field of a message, with its section
    test(`${section}: ${kind}: ${path} ${short(value)}: ${errcode}`, async () => {
      assert.deepEqual(await send(kind, path, value), { errcode, shown: errcode === 0 ? value : undefined })
    })
  }

  for (const [section, kind, switches, errcode] of SWITCHES) {
    test(`${section}: ${kind} with ${JSON.stringify(switches)}: ${errcode}`, async () => {
      assert.equal((await send(kind, "", payloadOf(kind), switches)).errcode, errcode)
    })
  }

  // proves 32.simulator: no field of a message is without a row
  test("each field of each type has a row", () => {
    const rows = new Set(
      [...TEXTS, ...REQUIRED, ...LISTS, ...VALUES]
        .map(([, kind, path]) => withoutIndices(kind, path))
        .concat(SUGGESTED.map(([kind, path]) => withoutIndices(kind, path))),
    )
    // A part that several cards have follows the same rules in all of them.
    const names = new Set([...rows].map((row) => row.slice(row.indexOf(" ") + 1)))
    const missing = (Object.keys(FULLEST) as Kind[])
      .flatMap((kind) => leavesOf(payloadOf(kind)).map((path) => [kind, path] as const))
      .filter(([kind, path]) => !rows.has(withoutIndices(kind, path)) && !(isCard(kind) && names.has(path)))
    assert.deepEqual(missing, [])
  })
})

function isCard(kind: string): boolean {
  return kind in fullestCards
}

function payloadOf(kind: Kind): object {
  const message: Readonly<Record<string, unknown>> = FULLEST[kind]
  return message[FULLEST[kind].msgtype] as object
}

function taskIdOf(kind: Kind): unknown {
  return (payloadOf(kind) as { readonly task_id?: string }).task_id
}

function valueAt(payload: unknown, path: string): unknown {
  return path
    .split(/[.[\]]+/)
    .filter((key) => key !== "")
    .reduce<unknown>((place, key) => (place as Record<string, unknown> | undefined)?.[key], payload)
}

/** The paths of all values except lists and objects, without the indices of lists. */
function leavesOf(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((item) => leavesOf(item, path)))]
  if (typeof value !== "object" || value === null) return [path]
  return Object.entries(value).flatMap(([name, member]) => leavesOf(member, path === "" ? name : `${path}.${name}`))
}

function withoutIndices(kind: string, path: string): string {
  return `${kind} ${path.replaceAll(/\[\d+\]/g, "")}`
}

function textOfSize(path: string, size: number, unit: Unit): string {
  if (unit === "characters") return "字".repeat(size)
  return path.endsWith("url") ? `https://${"x".repeat(size - 8)}` : "x".repeat(size)
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? "left out"
  return text.length > 30 ? `of ${text.length - 2} characters` : text
}
