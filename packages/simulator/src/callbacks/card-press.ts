import { isJsonObject, type JsonObject } from "../json.ts"
import type { SentMessage } from "../ledger.ts"

export const CARD_EVENT = "template_card_event"
export const MENU_EVENT = "template_card_menu_event"
/** The event of a task card (任务卡片). */
export const TASK_EVENT = "taskcard_click"

/** A member pressed something on a card. */
export interface CardPress {
  readonly userid: string
  readonly message: SentMessage
  /** Empty for a task card. */
  readonly cardType: string
  readonly event: typeof CARD_EVENT | typeof MENU_EVENT | typeof TASK_EVENT
  readonly key: string
  /** The chosen option ids of each question, including the card's own defaults. */
  readonly selected: Readonly<Record<string, readonly string[]>>
}

/** Something a card asks before it is submitted. */
export interface Question {
  readonly key: string
  readonly optionIds: readonly string[]
  /** The options that are chosen unless the member chooses others. */
  readonly chosen: readonly string[]
  readonly takesSeveral: boolean
  readonly isDisabled: boolean
}

/** The keys that submit a card: those of its buttons, or of its one submit button. */
export function buttonKeys(card: JsonObject): string[] {
  const buttons = [...objectsIn(card["button_list"]), ...objectsIn([card["submit_button"]])]
  return buttons.map(({ key }) => key).filter((key) => typeof key === "string")
}

export function menuKeys(card: JsonObject): string[] {
  const { action_menu: menu } = card
  const actions = isJsonObject(menu) ? objectsIn(menu["action_list"]) : []
  return actions.map(({ key }) => key).filter((key) => typeof key === "string")
}

export function questionsOf(card: JsonObject): Question[] {
  const selects = [...objectsIn([card["button_selection"]]), ...objectsIn(card["select_list"])]
  return [...objectsIn([card["checkbox"]]).map(checkboxQuestion), ...selects.map(selectQuestion)]
}

function selectQuestion({ question_key, option_list, selected_id, disable }: JsonObject): Question {
  const optionIds = objectsIn(option_list).map(({ id }) => String(id))
  const chosen = optionIds.find((id) => id === selected_id) ?? optionIds[0]
  return {
    key: String(question_key),
    optionIds,
    chosen: chosen === undefined ? [] : [chosen],
    takesSeveral: false,
    isDisabled: disable === true,
  }
}

function checkboxQuestion({ question_key, option_list, mode, disable }: JsonObject): Question {
  const options = objectsIn(option_list)
  const takesSeveral = mode === 1
  const checked = options.filter(({ is_checked }) => is_checked === true).map(({ id }) => String(id))
  return {
    key: String(question_key),
    optionIds: options.map(({ id }) => String(id)),
    chosen: takesSeveral ? checked : checked.slice(0, 1),
    takesSeveral,
    isDisabled: disable === true,
  }
}

function objectsIn(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}
