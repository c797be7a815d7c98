import { z } from "zod"
import { fieldsOf, found } from "../results.ts"
import type { ToolContext } from "../tool-context.ts"
import { addTool } from "./add-tool.ts"
import type { ToolServer } from "./add-tool.ts"
import { askFor } from "./ask-for.ts"
import { app } from "./arguments.ts"

export function addFindPerson(server: ToolServer, context: ToolContext): void {
  addTool(
    server,
    context,
    {
      name: "find_person",
      title: "findPerson",
      description:
        "The WeCom userid of the member who has a mobile number or an email address. Give exactly one of them. Sending takes numbers and addresses as they are, so this is only needed to know whether there is such a member.",
      inputSchema: z.strictObject({
        mobile: z.string().max(64).optional().describe("11 digits, or + and the country code."),
        email: z.string().max(128).optional(),
        app,
      }),
      annotations: { readOnlyHint: true, openWorldHint: true },
    },
    (body) =>
      askFor(context, { method: "POST", path: "/v1/lookup", body }, (answer) =>
        found({ userid: fieldsOf(answer.body)["userid"] }),
      ),
  )
}
