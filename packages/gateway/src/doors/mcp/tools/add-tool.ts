import type {
  CallToolResult,
  InputRequiredResult,
  McpServer,
  ServerContext,
  StandardSchemaWithJSON,
  ToolAnnotations,
} from "@modelcontextprotocol/server"
import type { z } from "zod"
import { refusedArguments } from "../argument-faults.ts"
import { say } from "../texts.ts"
import type { TextName } from "../texts.ts"
import type { ToolContext } from "../tool-context.ts"

export interface Tool<Args extends z.ZodType> {
  readonly name: string
  readonly title: TextName
  readonly description: string
  readonly inputSchema: Args
  /** Where clients read more of the arguments than is checked here; as above unless given. */
  readonly shownSchema?: z.ZodType
  readonly annotations: ToolAnnotations
}

type Answer = CallToolResult | InputRequiredResult

/**
 * Arguments are checked here and not by the library, which refuses them in English, as a text, and names no limit that a
 * user could read in Chinese.
 */
export function addTool<Args extends z.ZodType>(
  server: McpServer,
  { language }: ToolContext,
  { name, title, description, inputSchema, shownSchema = inputSchema, annotations }: Tool<Args>,
  run: (args: z.output<Args>, call: ServerContext) => Answer | Promise<Answer>,
): void {
  const shown = { title: say(language, title), description, inputSchema: unchecked(shownSchema), annotations }
  server.registerTool(name, shown, (given, call) => {
    const checked = inputSchema.safeParse(given)
    return checked.success ? run(checked.data, call) : refusedArguments(checked.error.issues, given, language)
  })
}

/** What a tool takes, for clients to read. */
function unchecked(schema: z.ZodType): StandardSchemaWithJSON<unknown, unknown> {
  return { "~standard": { ...schema["~standard"], validate: (value) => ({ value }) } }
}
