import type { Bilingual, Language } from "@wecom-push/protocol"
import type { CallbackEvent } from "@wecom-push/sdk/callback"
import { localTime } from "../gateway/local-time.ts"
import type { Output } from "../output.ts"
import { kindTexts } from "./texts.ts"

/** One event in a line: when, what, who, and what of it one wants to see first. */
export function tellEvent(event: CallbackEvent, output: Output): void {
  const { language, paintData } = output
  const parts = [paintData("dim", timeOf(event)), wordFor(event, language), event.FromUserName, ...detailsOf(event)]
  output.data(
    parts
      .map(onOneLine)
      .filter((part) => part !== "")
      .join("  "),
  )
}

function timeOf({ CreateTime }: CallbackEvent): string {
  const isTime = CreateTime > 0 && CreateTime < 10_000_000_000
  return isTime ? localTime(new Date(CreateTime * 1000).toISOString()) : ""
}

function wordFor(event: CallbackEvent, language: Language): string {
  const words: Readonly<Partial<Record<string, Bilingual>>> = kindTexts
  const name = event.kind === "unknown" ? (event.Event ?? event.MsgType) : event.kind
  return words[event.kind]?.[language] ?? name
}

function detailsOf(event: CallbackEvent): readonly string[] {
  if (event.kind === "template_card_event") {
    const chosen = event.SelectedItems.map(({ QuestionKey, OptionIds }) => `${QuestionKey}=${OptionIds.join(",")}`)
    return [event.EventKey, ...chosen, event.TaskId]
  }
  if (event.kind === "template_card_menu_event" || event.kind === "taskcard_click")
    return [event.EventKey, event.TaskId]
  if (event.kind === "text") return [event.Content]
  if (event.kind === "link") return [event.Title, event.Url]
  if (event.kind === "location") return [event.Label]
  if (event.kind === "image" || event.kind === "voice" || event.kind === "video") return [event.MediaId]
  if (event.kind === "change_contact") return [event.ChangeType, event.UserID ?? event.Id ?? event.TagId ?? ""]
  return "EventKey" in event ? [event.EventKey] : []
}

/** What members write goes to a terminal, where control characters are commands. */
function onOneLine(text: string): string {
  return text.replaceAll(ANYTHING_BUT_COLOUR, " ")
}

// oxlint-disable-next-line no-control-regex -- control characters are what it is about; colours of our own stay
const ANYTHING_BUT_COLOUR = /(?!\u001B\[\d{1,3}m)[\p{Cc}\u2028\u2029]+/gu
