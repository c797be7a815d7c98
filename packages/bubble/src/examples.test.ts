import assert from "node:assert/strict"
import { test } from "node:test"
import { EXAMPLES } from "./examples.ts"
import { render, wordsIn } from "./testing/render.ts"

/** The parts that a card of each type may have, after https://developer.work.weixin.qq.com/document/path/90236 */
const PARTS = {
  text_notice: [
    "source",
    "action_menu",
    "main_title",
    "quote_area",
    "emphasis_content",
    "sub_title_text",
    "horizontal_content_list",
    "jump_list",
    "card_action",
  ],
  news_notice: [
    "source",
    "action_menu",
    "main_title",
    "quote_area",
    "card_image",
    "image_text_area",
    "vertical_content_list",
    "horizontal_content_list",
    "jump_list",
    "card_action",
  ],
  button_interaction: [
    "source",
    "action_menu",
    "main_title",
    "quote_area",
    "sub_title_text",
    "horizontal_content_list",
    "button_selection",
    "button_list",
    "card_action",
  ],
  vote_interaction: ["source", "main_title", "checkbox", "submit_button"],
  multiple_interaction: ["source", "main_title", "select_list", "submit_button"],
}

test("there is an example of every type of message", () => {
  const types = new Set(EXAMPLES.map(({ message }) => message.zh.msgtype))
  for (const type of [
    "text",
    "image",
    "voice",
    "video",
    "file",
    "textcard",
    "news",
    "mpnews",
    "markdown",
    "markdown_v2",
    "miniprogram_notice",
    "template_card",
  ]) {
    assert.ok(types.has(type), type)
  }
})

test("among the examples is one card of each type that has every part its type may have", () => {
  const cards = EXAMPLES.flatMap(({ message }) => {
    const card = message.zh["template_card"]
    return isFields(card) ? [card] : []
  })
  for (const [type, parts] of Object.entries(PARTS)) {
    const whole = cards.filter((card) => card["card_type"] === type).find((card) => parts.every((part) => part in card))
    assert.ok(whole !== undefined, type)
  }
})

// The fields whose text readers see in the conversation.
const READ = /^(?:title|desc|description|digest|text|keyname|value|key|quote_text|sub_title_text|btntxt|replace_text)$/

test("every word of an example is drawn", () => {
  for (const { name, message, recalled } of EXAMPLES) {
    for (const language of ["zh", "en"] as const) {
      const drawn = wordsIn(render(message[language], { language, recalled })).replaceAll("&#x27;", "'")
      for (const words of recalled === true ? [] : wordsFor(message[language])) {
        assert.ok(drawn.includes(words), `${name.en}: ${words}`)
      }
    }
  }
})

function wordsFor(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(wordsFor)
  if (!isFields(value)) return []
  const isReplaced = value["replace_text"] !== undefined
  return Object.entries(value).flatMap(([name, inside]) => {
    // Replaced buttons are not drawn, only the text that replaces them. A button's `key` is for the app only.
    if (isReplaced && /^(?:button_list|submit_button)$/.test(name)) return []
    if (name === "key" && "text" in value) return []
    if (typeof inside !== "string") return wordsFor(inside)
    return READ.test(name) ? inside.split(/<[^>]*>/).filter((words) => words !== "") : []
  })
}

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null
