import type { MessageBody } from "../phone-messages.ts"
import { listOf, objectOf, textOf } from "./loose.ts"

const LENGTH = 80

/** One line that tells what a message is about; empty for what has no words. */
export function previewOf(message: MessageBody): string {
  // Far more than is shown, so that a megabyte of text is not searched for markup.
  const words = wordsOf(message).slice(0, LENGTH * 10)
  const line = words
    .replaceAll(/<[^<>]*>/g, " ")
    .replaceAll(/\*\*|`|^[#>]+\s*/gm, "")
    .replaceAll(/\s+/g, " ")
    .trim()
  const characters = Array.from(line)
  return characters.length > LENGTH ? `${characters.slice(0, LENGTH).join("")}…` : line
}

function wordsOf(message: MessageBody): string {
  const body = objectOf(message[message.msgtype])
  switch (message.msgtype) {
    case "text":
    case "markdown":
    case "markdown_v2":
      return textOf(body["content"])
    case "news":
    case "mpnews":
      return textOf(listOf(body["articles"])[0]?.["title"])
    case "template_card":
      return textOf(objectOf(body["main_title"])["title"]) || textOf(body["sub_title_text"])
    default:
      return textOf(body["title"])
  }
}
