import type { Language } from "@wecom-push/protocol"
import type { Output } from "../output.ts"
import { isStateName, stateLook } from "../state-words.ts"
import { visibleOnOneLine } from "../visible.ts"
import { Fields } from "./fields.ts"
import { localTime } from "./local-time.ts"
import { messageStateWord } from "./message-state-word.ts"
import { joined, tellRefusal } from "./tell-reason.ts"
import { say } from "./texts.ts"

/** One event in a line: when, what, which app, which message, and its state. */
export function tellEvent(data: string, output: Output): void {
  const { language, paintData } = output
  const event = new Fields(JSON.parse(data))
  const type = event.text("type")
  const details = event.object("data")
  const parts = [
    paintData("dim", localTime(event.text("at"))),
    ...[
      wordOf(type, details, language),
      event.textOrNull("app") ?? "",
      event.textOrNull("message_id") ?? "",
      detailOf(type, details, language),
    ].map(visibleOnOneLine),
  ]
  output.data(parts.filter((part) => part !== "").join("  "))
}

function wordOf(type: string, details: Fields, language: Language): string {
  switch (type) {
    case "reset":
      return say(language, "eventReset")
    case "message.accepted":
      return say(language, "eventAccepted")
    case "message.finished":
    case "message.changed":
      return messageStateWord(details.text("state"), language)
    case "message.reopened":
      return say(language, "eventReopened")
    case "app.paused":
      return say(language, "eventAppPaused")
    case "app.resumed":
      return say(language, "eventAppResumed")
    case "app.changed":
      return say(language, "eventAppChanged")
    case "app.quota_low":
      return say(language, "eventQuotaLow")
    case "app.quota_spent":
      return say(language, "eventQuotaSpent")
    case "card.clicked":
      return say(language, "eventCardClicked")
    case "card.menu_clicked":
      return say(language, "eventCardMenu")
    default:
      return type
  }
}

function detailOf(type: string, details: Fields, language: Language): string {
  if (type === "message.accepted") return say(language, "recipientCount", { count: details.number("recipients") })
  if (type === "app.paused") {
    return joined(tellRefusal(details.numberOrNull("errcode"), details.textOrNull("errmsg"), language), language)
  }
  if (type.startsWith("app.quota_")) return say(language, "personTimes", { count: details.number("person_times") })
  if (type.startsWith("card.")) return `${details.text("userid")}  ${details.text("event_key")}`
  if (type.startsWith("wecom.")) return details.text("userid")
  const counts = details.objectOrNull("counts")
  if (counts === null) return ""
  const told = Object.entries(counts.raw).flatMap(([state, count]) =>
    isStateName(state) && typeof count === "number" && count > 0 ? [`${stateLook[state].word[language]} ${count}`] : [],
  )
  return told.join(" · ")
}
