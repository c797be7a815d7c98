import { setTimeout as sleep } from "node:timers/promises"
import type { CallToolResult } from "@modelcontextprotocol/server"
import { z } from "zod"
import type { DoorAnswer } from "../gateway-door.ts"
import { maskNumber } from "../mask-numbers.ts"
import { fieldsOf, found, itemsOf } from "../results.ts"
import type { ToolContext } from "../tool-context.ts"
import { addTool } from "./add-tool.ts"
import type { ToolServer } from "./add-tool.ts"
import { messageId } from "./arguments.ts"
import { askFor } from "./ask-for.ts"

const argumentsOfFollow = z.strictObject({
  id: messageId,
  wait_seconds: z
    .int()
    .min(0)
    .max(25)
    .optional()
    .describe("Answers when the message is finished, at the latest after so long. Default 0."),
  recipient_state: z.string().max(32).optional().describe("Only recipients in this state, as in failed or in_doubt."),
  cursor: z.string().max(512).optional().describe("next_cursor of the page before."),
})

type Following = z.output<typeof argumentsOfFollow>

export function addFollow(server: ToolServer, context: ToolContext): void {
  addTool(
    server,
    context,
    {
      name: "follow",
      title: "follow",
      description:
        "The state of a message, how many recipients are in which state, and the result of each, 50 at a time. Mobile numbers are masked.",
      inputSchema: argumentsOfFollow,
      annotations: { readOnlyHint: true },
    },
    async (asked, { mcpReq: { signal } }) => {
      const until = performance.now() + (asked.wait_seconds ?? 0) * 1000
      for (;;) {
        const isLast = performance.now() >= until
        const result = await follow(context, asked, isLast)
        if (result !== undefined) return result
        await sleep(LOOK_AGAIN_MS, undefined, { signal })
      }
    },
  )
}

const LOOK_AGAIN_MS = 500
const PAGE = 50

/** @returns undefined while the message is not finished and there is time */
async function follow(context: ToolContext, asked: Following, isLast: boolean): Promise<CallToolResult | undefined> {
  const path = `/v1/messages/${asked.id}`
  let isEarly = false
  const result = await askFor(context, { method: "GET", path }, ({ body }) => {
    isEarly = !isLast && fieldsOf(body)["finished_at"] === null
    if (isEarly) return found({})
    const query = new URLSearchParams({
      limit: String(PAGE),
      ...(asked.recipient_state === undefined ? {} : { state: asked.recipient_state }),
      ...(asked.cursor === undefined ? {} : { cursor: asked.cursor }),
    })
    return askFor(context, { method: "GET", path: `${path}/recipients?${query.toString()}` }, (page) =>
      found({ message: body, recipients: recipientsOf(page), next_cursor: fieldsOf(page.body)["next_cursor"] }),
    )
  })
  return isEarly ? undefined : result
}

function recipientsOf({ body }: DoorAnswer): readonly object[] {
  return itemsOf(body).map((recipient) => {
    const { type, address } = recipient
    return type === "mobile" && typeof address === "string" ? { ...recipient, address: maskNumber(address) } : recipient
  })
}
