import type { CallbackEvent } from "@wecom-push/sdk/callback"
import { formatRfc3339 } from "../../accept/rfc3339.ts"
import { isStorableId } from "../../model/storable.ts"
import type { CardPress } from "../../model/ports/callbacks.ts"
import type { CallbackEventType } from "../../model/ports/events.ts"

/** An event from WeCom in the form in which the gateway passes it on. */
export interface Notice {
  readonly type: CallbackEventType
  readonly data: Readonly<Record<string, unknown>>
  readonly press: CardPress | undefined
}

/** Presses of cards, and of task cards (任务卡片), get names of our own; everything else stays as WeCom wrote it. */
export function noticeOf(event: CallbackEvent): Notice {
  if (event.kind === "template_card_event") {
    const selected_items = event.SelectedItems.map(({ QuestionKey, OptionIds }) => ({
      question_key: QuestionKey,
      option_ids: OptionIds,
    }))
    return { type: "card.clicked", data: { ...pressData(event), selected_items }, press: pressOf(event) }
  }
  if (event.kind === "template_card_menu_event") {
    return { type: "card.menu_clicked", data: pressData(event), press: pressOf(event) }
  }
  if (event.kind === "taskcard_click") {
    const { FromUserName: userid, EventKey: event_key, TaskId: taskId } = event
    const of = { userid, event_key, task_id: taskId, card_type: "taskcard", created_at: timeOf(event) }
    const press = { msgtype: "taskcard", taskId, userid, responseCode: "" } as const
    return { type: "card.clicked", data: { ...of, selected_items: [] }, press }
  }
  const data = { userid: event.FromUserName, created_at: timeOf(event), fields: event.fields }
  return { type: `wecom.${wordFor(event)}`, data, press: undefined }
}

type Pressed = Extract<CallbackEvent, { readonly ResponseCode: string }>

function pressData(event: Pressed) {
  return {
    userid: event.FromUserName,
    event_key: event.EventKey,
    task_id: event.TaskId,
    card_type: event.CardType,
    response_code: event.ResponseCode,
    created_at: timeOf(event),
  }
}

function pressOf({ TaskId, FromUserName, ResponseCode }: Pressed): CardPress {
  // A code that a database cannot have in an index is none of WeCom's, and changes no card.
  const responseCode = isStorableId(ResponseCode) ? ResponseCode : ""
  return { msgtype: "template_card", taskId: TaskId, userid: FromUserName, responseCode }
}

/** Null if the time is not valid. */
function timeOf({ CreateTime }: CallbackEvent): string | null {
  const isTime = Number.isSafeInteger(CreateTime) && CreateTime > 0 && CreateTime < 10_000_000_000
  return isTime ? formatRfc3339(CreateTime * 1000) : null
}

/** `MsgType` of a message, `Event` of an event, in lower case. */
function wordFor(event: CallbackEvent): string {
  // A message and an event about a member's location have names that differ only in case.
  if (event.kind === "LOCATION") return "location_reported"
  if (event.kind !== "unknown") return event.kind
  const word = (event.Event ?? event.MsgType).toLowerCase()
  return /^[a-z0-9_]{1,64}$/.test(word) ? word : "unknown"
}
