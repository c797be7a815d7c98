import type { CallToolResult } from "@modelcontextprotocol/server"
import type { DoorAnswer, DoorQuestion } from "../gateway-door.ts"
import { isGood, refusedBy, unanswered } from "../results.ts"
import type { ToolContext } from "../tool-context.ts"

/** Sends a request to the gateway. An answer that is no success becomes a tool's error. */
export async function askFor(
  { door, language }: ToolContext,
  question: DoorQuestion,
  read: (answer: DoorAnswer) => CallToolResult | Promise<CallToolResult>,
): Promise<CallToolResult> {
  let answer: DoorAnswer
  try {
    answer = await door.ask(question)
  } catch (error) {
    return unanswered(error)
  }
  return isGood(answer) ? read(answer) : refusedBy(answer, language)
}
