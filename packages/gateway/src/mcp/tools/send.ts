import type { McpServer } from "@modelcontextprotocol/server"
import type { Language } from "@wecom-push/protocol"
import { z } from "zod"
import { confirm } from "../confirm.ts"
import { fieldsOf, found, refused } from "../results.ts"
import { say } from "../texts.ts"
import type { ToolContext } from "../tool-context.ts"
import { app } from "./arguments.ts"
import { askFor } from "./ask-for.ts"

/** More than so many people are confirmed by the user. */
const MOST_UNASKED = 10
/** Whoever is to reach more names a department or a tag, or sends by the API. */
const MOST_NAMED = 1000

const addresses = (what: string) => z.array(z.string().min(1).max(128)).max(MOST_NAMED).optional().describe(what)
const groups = (what: string) => z.array(z.int().positive()).max(100).optional().describe(what)

const argumentsOfSend = z.strictObject({
  idempotency_key: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/)
    .describe(
      "Visible ASCII characters of your choice, such as a UUID: new for each message, and the same when you repeat a call, which then sends nothing twice.",
    ),
  app,
  to: z
    .strictObject({
      mobiles: addresses("Mobile numbers: 11 digits, or + and the country code."),
      emails: addresses("Email addresses."),
      users: addresses("WeCom userids (账号)."),
      departments: groups("Department ids. The user is asked first."),
      tags: groups("Tag ids. The user is asked first."),
      all: z.literal(true).optional().describe("Everybody in the app's visible range. The user is asked first."),
    })
    .describe("Whom it is for. With more than 10 people the user is asked first."),
  text: z.string().max(20_000).optional().describe("Plain text, at most 2048 bytes of UTF-8."),
  markdown: z.string().max(20_000).optional().describe("WeCom's Markdown, at most 2048 bytes of UTF-8."),
  textcard: z
    .strictObject({ title: z.string().max(512), description: z.string().max(2048), url: z.string().max(2048) })
    .optional()
    .describe("A card with a link."),
  send_at: z.string().max(64).optional().describe("When to send it, RFC 3339 with offset. Now unless given."),
})

type Sending = z.output<typeof argumentsOfSend>

export function addSend(server: McpServer, context: ToolContext): void {
  const { language } = context
  server.registerTool(
    "send",
    {
      title: say(language, "send"),
      description:
        "Sends a WeCom message: exactly one of text, markdown and textcard. The answer has its id, with which follow shows what each recipient got. Departments, tags, `all` and more than 10 people are confirmed by the user first.",
      inputSchema: argumentsOfSend,
      annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    },
    async (args, call) => {
      const message = messageOf(args)
      if (message === undefined) return refused("invalid_value", language, "notWhole")
      if (mustBeConfirmed(args)) {
        const question = questionFor(args, language)
        const instead = await confirm({ server, context, call, args, question })
        if (instead !== undefined) return instead
      }
      const idempotencyKey = `${KEY_PREFIX}${args.idempotency_key}`
      const body = { ...pick(args), ...message }
      return askFor(context, { method: "POST", path: "/v1/messages", body, idempotencyKey }, (answer) =>
        found({ ...fieldsOf(answer.body), replayed: answer.isReplayed }),
      )
    },
  )
}

/** Apart from keys that the same client uses elsewhere. */
const KEY_PREFIX = "mcp:"

function pick({ app, to, send_at }: Sending): object {
  return { ...(app === undefined ? {} : { app }), to, ...(send_at === undefined ? {} : { send_at }) }
}

/** @returns undefined where there is not exactly one content */
function messageOf({ text, markdown, textcard }: Sending): object | undefined {
  const contents = [
    ...(text === undefined ? [] : [{ msgtype: "text", text: { content: text } }]),
    ...(markdown === undefined ? [] : [{ msgtype: "markdown", markdown: { content: markdown } }]),
    ...(textcard === undefined ? [] : [{ msgtype: "textcard", textcard }]),
  ]
  return contents.length === 1 ? contents[0] : undefined
}

function mustBeConfirmed({ to }: Sending): boolean {
  const { departments = [], tags = [], all = false } = to
  return all || departments.length > 0 || tags.length > 0 || peopleIn(to) > MOST_UNASKED
}

function peopleIn({ mobiles = [], emails = [], users = [] }: Sending["to"]): number {
  return mobiles.length + emails.length + users.length
}

function questionFor({ to, app, text, markdown, textcard }: Sending, language: Language): string {
  const { departments = [], tags = [], all = false } = to
  const count = peopleIn(to)
  const whom = [
    ...(all ? [say(language, "everybody")] : []),
    ...(departments.length > 0 ? [say(language, "departments", { ids: departments.join(", ") })] : []),
    ...(tags.length > 0 ? [say(language, "tags", { ids: tags.join(", ") })] : []),
    ...(count > 0 ? [say(language, "people", { count: String(count) })] : []),
  ]
  const content = text ?? markdown ?? [textcard?.title, textcard?.description, textcard?.url].join(" — ")
  return say(language, "confirmSend", {
    to: whom.join(language === "zh" ? "；" : "; "),
    app: app ?? say(language, "onlyApp"),
    text: content,
  })
}
