import { isJsonObject, type JsonObject } from "../json.ts"

/** The types that can be greyed out by `button.replace_name`. */
const BUTTON_TYPES: ReadonlySet<unknown> = new Set(["button_interaction", "vote_interaction", "multiple_interaction"])

export function hasButtons(card: JsonObject): boolean {
  return BUTTON_TYPES.has(card["card_type"])
}

/**
 * Only interactive cards raise events, can be updated and get a `response_code`.
 * @see wecom document 90236
 */
export function isInteractive(card: JsonObject): boolean {
  const { action_menu: menu } = card
  // A menu with nothing in it is none: Go's clients write one into every card.
  return (
    hasButtons(card) || (isJsonObject(menu) && Array.isArray(menu["action_list"]) && menu["action_list"].length > 0)
  )
}

/** Message types whose payload has a `task_id`. */
export function hasTask(msgtype: string): boolean {
  return msgtype === "template_card" || msgtype === TASK_CARD
}

/** 任务卡片, which template cards took the place of. */
export const TASK_CARD = "taskcard"

export function taskIdOf(card: JsonObject): string | undefined {
  const taskId = card["task_id"]
  return typeof taskId === "string" && taskId !== "" ? taskId : undefined
}
