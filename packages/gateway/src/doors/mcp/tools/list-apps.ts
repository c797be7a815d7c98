import { z } from "zod"
import { fieldsOf, found } from "../results.ts"
import type { ToolContext } from "../tool-context.ts"
import { addTool } from "./add-tool.ts"
import type { ToolServer } from "./add-tool.ts"
import { askFor } from "./ask-for.ts"

export function addListApps(server: ToolServer, context: ToolContext): void {
  addTool(
    server,
    context,
    {
      name: "list_apps",
      title: "listApps",
      description:
        "The WeCom apps that the key may send from, whether each is paused or cannot reach WeCom, and what the key may do: its scopes and the most recipients of one message.",
      inputSchema: z.strictObject({}),
      annotations: { readOnlyHint: true },
    },
    () =>
      askFor(context, { method: "GET", path: "/v1/status" }, ({ body }) => {
        const { apps, key } = fieldsOf(body)
        const { scopes, audience_cap } = fieldsOf(key)
        const listed = Array.isArray(apps) ? apps.map(fieldsOf) : []
        return found({
          apps: listed.map(({ name, pause, unreachable }) => ({ name, pause, unreachable })),
          key: { scopes, audience_cap },
        })
      }),
  )
}
