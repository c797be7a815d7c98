import { atMost, boolean, matching, numberBetween, oneOf, string, suggested, unsettled, webAddress } from "./scalars.ts"
import { choose, has, isObject, list, object, optional, own, required, requiredIf } from "./shape.ts"
import type { Check, Field, Fields, JsonObject, Report } from "./shape.ts"

/**
 * The parts of a card, with the errcode of each refusal. When WeCom's error list names none for a field, 40058 is used
 * ("required value empty, or length over the limit"). Values that WeCom replaces by itself (another colour, the first
 * option, no picture) have no errcode.
 * @see https://developer.work.weixin.qq.com/document/path/90236
 * @see https://developer.work.weixin.qq.com/document/path/90313
 *
 */

/** A text whose length WeCom suggests for display but does not enforce. */
export const shown = (characters: number): Check => string(suggested(characters, "characters"))

const MAX_OPTIONS = 10

const key = (errcode: number): Check => string(atMost(1024, "bytes", errcode))
const link = (errcode: number): Check => string(webAddress(errcode))
const decoration = string(webAddress())

export const taskId = string(atMost(128, "bytes", 42014), matching(/^[\w@-]*$/, "[A-Za-z0-9_@-]+", 42014))

/** The target of a tap: each type needs its own member, and WeCom ignores the others. */
function jumpFields(types: readonly number[], errcodes: { type: number; badUrl: number }): Fields {
  const type = oneOf(types, errcodes.type)
  return {
    type: types.includes(0) ? optional(type) : required(type, errcodes.type),
    url: whenType(1, 42028, link(errcodes.badUrl)),
    appid: whenType(2, 42030, string()),
    pagepath: optional(string()),
  }
}

function whenType(type: number, errcode: number, check: Check): Field {
  const because = `type = ${type}`
  const applies = (siblings: JsonObject): boolean => own(siblings, "type") === type
  return choose(
    (siblings) => (applies(siblings) ? check : string()),
    (siblings) => (applies(siblings) ? { because, errcode } : undefined),
  )
}

const PART_JUMP = jumpFields([0, 1, 2], { type: 40058, badUrl: 45034 })

const PLAIN_SOURCE: Fields = { icon_url: optional(decoration), desc: optional(shown(20)) }

export const source = object({ ...PLAIN_SOURCE, desc_color: optional(oneOf([0, 1, 2, 3])) })

export const plainSource = (because: string): Check => object(PLAIN_SOURCE, { names: new Set(["desc_color"]), because })

export const actionMenu = object({
  desc: optional(string()),
  action_list: required(
    list({
      item: object({ text: required(string(), 40058), key: required(key(40058), 40058) }),
      min: 1,
      max: 3,
      errcode: 40058,
      unique: { name: "key", errcode: 42051 },
    }),
    40058,
  ),
})

export function mainTitle(limits: { title: number; desc: number }): Check {
  return object({ title: required(shown(limits.title), 40058), desc: optional(shown(limits.desc)) })
}

const TITLE_OR_SUB_TITLE = { allowed: ["main_title.title", "sub_title_text"], errcode: 40058 }
const title = shown(36)
const desc = optional(shown(44))
const SUB_TITLED = object({ title: optional(title), desc })
const TITLED = object({ title: requiredIf(() => TITLE_OR_SUB_TITLE, title), desc })

/** A text notice has a title, or a `sub_title_text`, or both. */
export const titleUnlessSubTitle: Field = choose(
  (card) => (has(card, "sub_title_text") ? SUB_TITLED : TITLED),
  (card) => (has(card, "sub_title_text") ? undefined : TITLE_OR_SUB_TITLE),
)

export const quoteArea = object({ ...PART_JUMP, title: optional(string()), quote_text: optional(string()) })

export const emphasisContent = object({ title: optional(shown(14)), desc: optional(shown(22)) })

const contentValue = suggested(30, "characters")

export const horizontalContentList = list({
  item: object({
    type: optional(oneOf([0, 1, 2, 3], 40058)),
    keyname: required(shown(5), 42027),
    value: choose((item) => (own(item, "type") === 2 ? string(contentValue, fileName) : string(contentValue))),
    url: whenType(1, 42028, link(45034)),
    media_id: whenType(2, 42029, string()),
    userid: whenType(3, 42050, string()),
  }),
  max: 6,
  errcode: 42035,
})

/** The member's client chooses the icon and the viewer by the extension. */
function fileName(value: string, path: string, report: Report): void {
  if (!/[^.]\.[^.\s]+$/.test(value)) report({ path, rule: "bad_format", severity: "warning", because: "name.ext" })
}

export const verticalContentList = list({
  item: object({ title: required(shown(38), 42033), desc: optional(shown(160)) }),
  max: 4,
  errcode: 42036,
})

const aspectRatio = numberBetween(1.3, 2.25, 40058)

export const cardImage = object({
  url: required(link(42044), 42044),
  // Go writes 0 for a value that is not set.
  aspect_ratio: choose((image) => (own(image, "aspect_ratio") === 0 ? unsettled(aspectRatio) : aspectRatio)),
})

export const imageTextArea = object({
  ...PART_JUMP,
  title: optional(string()),
  desc: optional(string()),
  image_url: required(link(40058), 40058),
})

export const jumpList = list({
  item: object({ ...PART_JUMP, title: required(shown(18), 42033) }),
  max: 3,
  errcode: 42042,
})

/** A notice must have a target; a button card may have one. */
export const noticeAction = object(jumpFields([1, 2], { type: 42045, badUrl: 42045 }))
export const buttonCardAction = object(jumpFields([0, 1, 2], { type: 42045, badUrl: 42045 }))

function optionList(rule: { textShown: number; max: number; errcode: number; more?: Fields }): Check {
  return list({
    item: object({
      id: required(string(atMost(128, "bytes", 42040)), 42040),
      text: required(shown(rule.textShown), 42041),
      ...rule.more,
    }),
    min: 1,
    max: rule.max,
    errcode: rule.errcode,
    unique: { name: "id", errcode: 42040 },
  })
}

const questionKey = required(key(42043), 42043)
const tenOptions = required(optionList({ textShown: 16, max: MAX_OPTIONS, errcode: 42037 }), 42037)

/** "When absent or wrong": WeCom chooses the first option. */
const selectedId = choose((question) => {
  const ids = idsOf(own(question, "option_list"))
  return unsettled(ids === undefined || own(question, "selected_id") === "" ? string() : oneOf(ids))
})

/** Undefined when an option itself is faulty: then the selection cannot be checked against the options. */
function idsOf(options: unknown): string[] | undefined {
  if (!Array.isArray(options) || options.length > MAX_OPTIONS) return undefined
  const ids = Array.from(options, (option: unknown) => (isObject(option) ? own(option, "id") : undefined))
  return ids.length > 0 && ids.every((id) => typeof id === "string") ? ids : undefined
}

export const buttonSelection = object({
  question_key: questionKey,
  title: optional(string()),
  option_list: tenOptions,
  selected_id: selectedId,
})

const isCallbackButton = (button: JsonObject): boolean => own(button, "type") !== 1
const buttonKey = key(42039)

export const buttonList = list({
  item: object({
    type: optional(oneOf([0, 1], 40058)),
    text: required(shown(10), 42038),
    // "1 when absent or wrong": clients send 0 and 5.
    style: optional(unsettled(oneOf([1, 2, 3, 4]))),
    key: choose(
      (button) => (isCallbackButton(button) ? buttonKey : string()),
      (button) => (isCallbackButton(button) ? { because: "type = 0", errcode: 42039 } : undefined),
    ),
    url: whenType(1, 42028, link(45034)),
  }),
  min: 1,
  max: 6,
  errcode: 40058,
  unique: { name: "key", errcode: 42039, counts: isCallbackButton },
})

export function checkbox(more: Fields): Check {
  return object({
    question_key: questionKey,
    mode: optional(oneOf([0, 1], 40058)),
    option_list: required(
      optionList({ textShown: 17, max: 20, errcode: 42037, more: { is_checked: required(boolean, 40058) } }),
      40058,
    ),
    ...more,
  })
}

export function selectList(more: Fields): Check {
  return list({
    item: object({
      question_key: questionKey,
      title: optional(string()),
      selected_id: selectedId,
      option_list: tenOptions,
      ...more,
    }),
    min: 1,
    max: 3,
    errcode: 42047,
    unique: { name: "question_key", errcode: 42043 },
  })
}

/** WeCom marks `text` as required and yet names a default (提交). */
export const submitButton = object({
  text: requiredIf(() => ({ severity: "warning", errcode: 42049 }), shown(10)),
  key: required(key(42046), 42046),
})
