import type { Bilingual } from "@wecom-push/protocol"
import type { JsonObject } from "../json.ts"
import type { SentMessage } from "../ledger.ts"
import type { App, Bot, Member } from "../org/types.ts"
import { faceOf } from "../phone-messages.ts"
import { hasButtons, isInteractive, TASK_CARD } from "../send/interactive.ts"
import { taskButtonKeys, textOfPressed } from "../send/update-task-card.ts"
import type { World } from "../world.ts"
import {
  buttonKeys,
  CARD_EVENT,
  MENU_EVENT,
  menuKeys,
  questionsOf,
  TASK_EVENT,
  type CardPress,
  type Question,
} from "./card-press.ts"

export interface Click {
  readonly msgid: string
  /** The key of a button, a submit button, or an entry of the card's menu. */
  readonly key: string
  /** The chosen option ids of each question; questions left out keep what the card shows. */
  readonly selected: Readonly<Record<string, readonly string[]>>
}

/** Why the press has no effect, and what the phone shows instead. */
export interface ClickRefusal {
  readonly status: 404 | 409 | 422
  readonly code: ClickRefusalCode
  readonly told: Bilingual
}

export type ClickRefusalCode =
  | "unknown_member"
  | "unknown_message"
  | "recalled"
  | "app_disabled"
  | "out_of_range"
  | "not_interactive"
  | "answered"
  | "unknown_key"
  | "unknown_question"
  | "question_disabled"
  | "unknown_option"
  | "one_option"
  | "option_twice"

export type ClickVerdict =
  | { readonly kind: "pressed"; readonly app: App; readonly press: CardPress }
  | { readonly kind: "pressed_of_bot"; readonly bot: Bot; readonly press: CardPress }
  | Refused

interface Refused {
  readonly kind: "refused"
  readonly refusal: ClickRefusal
}

/** Presses a card on a member's phone, or returns why nothing can be pressed. */
export function pressCard(world: World, userid: string, click: Click): ClickVerdict {
  const member = world.org.member(userid)
  if (member === undefined) return refused(404, "unknown_member", UNKNOWN_MEMBER)
  const message = world.ledger.message(click.msgid)
  if (message === undefined || !message.shownTo.includes(member.userid)) {
    return refused(404, "unknown_message", UNKNOWN_MESSAGE)
  }
  if (message.recalledAtMs !== undefined) return refused(409, "recalled", RECALLED)
  if (message.bot !== undefined) return pressCardOfBot(world.org.bot(message.bot), member, message, click)
  const app = world.org.app(message.agentid)
  if (app === undefined || !app.enabled) return refused(409, "app_disabled", APP_DISABLED)
  if (!world.org.visibleRange(app).seesMember(member)) return refused(409, "out_of_range", OUT_OF_RANGE)
  const pressed = pressFace(member, message, click)
  return "press" in pressed ? { kind: "pressed", app, press: pressed.press } : pressed
}

function pressCardOfBot(bot: Bot | undefined, member: Member, message: SentMessage, click: Click): ClickVerdict {
  if (bot === undefined) return refused(409, "app_disabled", BOT_GONE)
  const pressed = pressFace(member, message, click)
  return "press" in pressed ? { kind: "pressed_of_bot", bot, press: pressed.press } : pressed
}

function pressFace(
  { userid }: Member,
  message: SentMessage,
  { key, selected }: Click,
): { readonly press: CardPress } | Refused {
  const face = faceOf(message, userid)
  if (message.msgtype === TASK_CARD) return pressTaskCard(face, { userid, message, key })
  const isCard = message.msgtype === "template_card"
  if (!isCard || !isInteractive(face)) return refused(409, "not_interactive", NOT_INTERACTIVE)
  const press = { userid, message, key, cardType: String(face["card_type"]) }
  if (menuKeys(face).includes(key)) {
    return { press: { ...press, event: MENU_EVENT, selected: {} } }
  }
  const deadText = face["replace_text"]
  if (typeof deadText === "string" && hasButtons(face)) return refused(409, "answered", answered(deadText))
  const keys = buttonKeys(face)
  if (!keys.includes(key)) return refused(422, "unknown_key", unknownKey(key, [...keys, ...menuKeys(face)]))

  const questions = questionsOf(face)
  const wrong = wrongChoice(questions, selected)
  if (wrong !== undefined) return wrong
  const chosen = questions.map(({ key, chosen }) => [key, selected[key] ?? chosen] as const)
  return { press: { ...press, event: CARD_EVENT, selected: Object.fromEntries(chosen) } }
}

function pressTaskCard(
  face: JsonObject,
  press: Pick<CardPress, "userid" | "message" | "key">,
): { readonly press: CardPress } | Refused {
  const keys = taskButtonKeys(face)
  const { clicked_key: clicked } = face
  if (typeof clicked === "string") return refused(409, "answered", answered(textOfPressed(face, clicked)))
  if (!keys.includes(press.key)) return refused(422, "unknown_key", unknownKey(press.key, keys))
  return { press: { ...press, cardType: "", event: TASK_EVENT, selected: {} } }
}

function wrongChoice(questions: readonly Question[], selected: Click["selected"]): Refused | undefined {
  for (const [key, ids] of Object.entries(selected)) {
    const question = questions.find((one) => one.key === key)
    if (question === undefined) return refused(422, "unknown_question", unknownQuestion(key, questions))
    if (question.isDisabled) return refused(409, "question_disabled", questionDisabled(key))
    const unknown = ids.find((id) => !question.optionIds.includes(id))
    if (unknown !== undefined) return refused(422, "unknown_option", unknownOption(key, unknown, question.optionIds))
    if (ids.length !== 1 && !question.takesSeveral) return refused(422, "one_option", oneOption(key))
    if (new Set(ids).size < ids.length) return refused(422, "option_twice", optionTwice(key))
  }
  return undefined
}

function refused(status: ClickRefusal["status"], code: ClickRefusalCode, told: Bilingual): Refused {
  return { kind: "refused", refusal: { status, code, told } }
}

export function clickProblem({ code, told }: ClickRefusal): JsonObject {
  return { error: told.en, error_zh: told.zh, code }
}

const UNKNOWN_MEMBER: Bilingual = {
  en: "The organisation has no such member, so there is no phone to press on.",
  zh: "企业里没有这个成员，也就没有可以点击的手机。",
}
const UNKNOWN_MESSAGE: Bilingual = {
  en: "This phone does not show that message: it was never sent to this member, or it is older than what `keep` remembers.",
  zh: "这部手机上没有这条消息：没有发给该成员，或早于 keep 所保留的范围。",
}
const RECALLED: Bilingual = {
  en: "The message was recalled: WeCom shows that it was taken back, and nothing to press.",
  zh: "消息已撤回：企业微信只显示撤回提示，没有可点击的内容。",
}
const APP_DISABLED: Bilingual = {
  en: "The app is disabled: WeCom says so when the card is pressed, and sends nothing to the app.",
  zh: "应用已停用：点击卡片时企业微信会提示应用已停用，不会产生回调。",
}
const BOT_GONE: Bilingual = {
  en: "The organisation has this smart robot no more: WeCom says so when the card is pressed.",
  zh: "企业里已没有这个智能机器人：点击卡片时企业微信会给出提示。",
}
const OUT_OF_RANGE: Bilingual = {
  en: "The member is outside the app's visible range: WeCom says that there is no access, and sends nothing to the app.",
  zh: "该成员不在应用的可见范围内：企业微信会提示无权限，不会产生回调。",
}
const NOT_INTERACTIVE: Bilingual = {
  en: "The message has nothing that raises an event: only button, vote and multiple cards, and cards with an action_menu, do.",
  zh: "这条消息没有会产生回调的内容：只有按钮、投票、多项选择卡片以及带 action_menu 的卡片才有。",
}

const answered = (text: string): Bilingual => ({
  en: `The buttons are dead: WeCom shows “${text}” in grey where they were.`,
  zh: `按钮已失效：企业微信在原处显示灰色的“${text}”，不可点击。`,
})
const unknownKey = (key: string, keys: readonly string[]): Bilingual => ({
  en: `The card has nothing with the key ${JSON.stringify(key)}; it has ${keys.join(", ") || "none"}.`,
  zh: `卡片上没有 key 为 ${JSON.stringify(key)} 的按钮，现有：${keys.join("、") || "无"}。`,
})
const unknownQuestion = (key: string, questions: readonly Question[]): Bilingual => {
  const keys = questions.map((one) => one.key)
  return {
    en: `The card does not ask ${JSON.stringify(key)}; it asks ${keys.join(", ") || "nothing"}.`,
    zh: `卡片上没有 question_key 为 ${JSON.stringify(key)} 的选项，现有：${keys.join("、") || "无"}。`,
  }
}
const questionDisabled = (key: string): Bilingual => ({
  en: `The question ${JSON.stringify(key)} is disabled: WeCom shows it in grey, and it cannot be changed.`,
  zh: `选项 ${JSON.stringify(key)} 已禁用：企业微信显示为灰色，不可更改。`,
})
const unknownOption = (key: string, id: string, ids: readonly string[]): Bilingual => ({
  en: `The question ${JSON.stringify(key)} has no option ${JSON.stringify(id)}; it has ${ids.join(", ")}.`,
  zh: `选项 ${JSON.stringify(key)} 中没有 id ${JSON.stringify(id)}，现有：${ids.join("、")}。`,
})
const oneOption = (key: string): Bilingual => ({
  en: `The question ${JSON.stringify(key)} takes exactly one option.`,
  zh: `选项 ${JSON.stringify(key)} 只能选择一个。`,
})
const optionTwice = (key: string): Bilingual => ({
  en: `An option of ${JSON.stringify(key)} is named twice.`,
  zh: `选项 ${JSON.stringify(key)} 中有重复的 id。`,
})
