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
  /** Set if clients are shown a more detailed schema than is checked here; the checked schema unless given. */
  readonly shownSchema?: z.ZodType
  readonly annotations: ToolAnnotations
}

export type ToolAnswer = CallToolResult | InputRequiredResult
type RunTool = (given: unknown, call: ServerContext) => ToolAnswer | Promise<ToolAnswer>

/** The library lists the tools to clients; `answerCalls` runs them. */
export interface ToolServer {
  readonly listing: McpServer
  readonly byName: Map<string, RunTool>
}

/**
 * Arguments are checked here, not by the library: its refusals are texts in English, and name no limit that a user could
 * read in Chinese.
 */
export function addTool<Args extends z.ZodType>(
  { listing, byName }: ToolServer,
  { language }: ToolContext,
  { name, title, description, inputSchema, shownSchema = inputSchema, annotations }: Tool<Args>,
  run: (args: z.output<Args>, call: ServerContext) => ToolAnswer | Promise<ToolAnswer>,
): void {
  const checkedRun: RunTool = (given, call) => {
    const checked = inputSchema.safeParse(given)
    return checked.success ? run(checked.data, call) : refusedArguments(checked.error.issues, given, language)
  }
  const shown = { title: say(language, title), description, inputSchema: unchecked(shownSchema), annotations }
  listing.registerTool(name, shown, checkedRun)
  byName.set(name, checkedRun)
}

/** The arguments of a tool as clients see them, without a check. */
function unchecked(schema: z.ZodType): StandardSchemaWithJSON<unknown, unknown> {
  return { "~standard": { ...schema["~standard"], validate: (value) => ({ value }) } }
}
