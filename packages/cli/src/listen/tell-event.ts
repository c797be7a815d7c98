import type { Bilingual, Language } from "@wecom-push/protocol"
import type { CallbackEvent } from "@wecom-push/sdk/callback"
import { localTime } from "../gateway/local-time.ts"
import type { Output } from "../output.ts"
import { visibleOnOneLine } from "../visible.ts"
import { kindTexts } from "./texts.ts"

/** One event in a line: when, what, who, and what of it one wants to see first. */
export function tellEvent(event: CallbackEvent, output: Output): void {
  const { language, paintData } = output
  const told = [wordFor(event, language), event.FromUserName, ...detailsOf(event)].map(visibleOnOneLine)
  const parts = [paintData("dim", timeOf(event)), ...told]
  output.data(parts.filter((part) => part !== "").join("  "))
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
