import { z } from "zod"
import { fieldsOf, found } from "../results.ts"
import type { ToolContext } from "../tool-context.ts"
import { addTool } from "./add-tool.ts"
import type { ToolServer } from "./add-tool.ts"
import { messageId } from "./arguments.ts"
import { askFor } from "./ask-for.ts"

const VERBS = {
  cancel:
    "Cancels the recipients of a message that it has not gone out to yet. What has gone out stays on the phones; recall takes that back.",
  recall:
    "Takes a message back from the phones for 24 hours, and cancels what has not gone out. A message of many calls is recalled in the background; follow shows its state.",
} as const

export function addTakeBack(server: ToolServer, context: ToolContext): void {
  for (const verb of ["cancel", "recall"] as const) {
    addTool(
      server,
      context,
      {
        name: verb,
        title: verb,
        description: VERBS[verb],
        inputSchema: z.strictObject({ id: messageId }),
        annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
      },
      ({ id }) =>
        askFor(context, { method: "POST", path: `/v1/messages/${id}/${verb}` }, ({ body }) => found(fieldsOf(body))),
    )
  }
}
