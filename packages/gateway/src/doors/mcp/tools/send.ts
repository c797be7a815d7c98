import type { Language } from "@wecom-push/protocol"
import { z } from "zod"
import { confirm } from "../confirm.ts"
import { fieldsOf, found, refused } from "../results.ts"
import { say } from "../texts.ts"
import type { ToolContext } from "../tool-context.ts"
import { addTool } from "./add-tool.ts"
import type { ToolServer } from "./add-tool.ts"
import { app } from "./arguments.ts"
import { askFor } from "./ask-for.ts"
import { contentOf, CONTENTS, SHOWN_CONTENTS, shownOf } from "./contents.ts"
import type { Content } from "./contents.ts"

/** A message to more people than this has to be confirmed by the user. */
const MOST_UNASKED = 10
/** To reach more people, a user can name a department or a tag, or send by the API. */
const MOST_NAMED = 1000

const addresses = (what: string) => z.array(z.string().min(1).max(128)).max(MOST_NAMED).optional().describe(what)
const groups = (what: string) => z.array(z.int().positive()).max(100).optional().describe(what)

const others = {
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
  send_at: z.string().max(64).optional().describe("When to send it, RFC 3339 with offset. Now unless given."),
} as const

const argumentsOfSend = z.strictObject({ ...others, ...CONTENTS })

type Sending = z.output<typeof argumentsOfSend>

export function addSend(server: ToolServer, context: ToolContext): void {
  const { language } = context
  addTool(
    server,
    context,
    {
      name: "send",
      title: "send",
      description:
        "Sends a WeCom message with exactly one content, as in text or template_card. Files are named by the id that POST /v1/media answered with (med_…), or by WeCom's own media_id. The answer has the message's id, with which follow shows what each recipient got. Departments, tags, `all` and more than 10 people are confirmed by the user first.",
      inputSchema: argumentsOfSend,
      shownSchema: z.strictObject({ ...others, ...SHOWN_CONTENTS }),
      annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    },
    async (args, call) => {
      const content = contentOf(args)
      if (content === undefined) return refused("invalid_value", language, "notWhole", { types: TYPES })
      if (mustBeConfirmed(args)) {
        const question = questionFor(args, content, language)
        const instead = await confirm({ server: server.listing, context, call, args, question })
        if (instead !== undefined) return instead
      }
      const idempotencyKey = `${KEY_PREFIX}${args.idempotency_key}`
      const { msgtype, payload } = content
      const body = { ...pick(args), msgtype, [msgtype]: payload }
      return askFor(context, { method: "POST", path: "/v1/messages", body, idempotencyKey }, (answer) =>
        found({ ...fieldsOf(answer.body), replayed: answer.isReplayed }),
      )
    },
  )
}

const TYPES = Object.keys(CONTENTS).join(", ")

/** Keeps these keys apart from keys that the same client uses elsewhere. */
const KEY_PREFIX = "mcp:"

function pick({ app, to, send_at }: Sending): object {
  return { ...(app === undefined ? {} : { app }), to, ...(send_at === undefined ? {} : { send_at }) }
}

function mustBeConfirmed({ to }: Sending): boolean {
  const { departments = [], tags = [], all = false } = to
  return all || departments.length > 0 || tags.length > 0 || peopleIn(to) > MOST_UNASKED
}

function peopleIn({ mobiles = [], emails = [], users = [] }: Sending["to"]): number {
  return mobiles.length + emails.length + users.length
}

function questionFor({ to, app }: Sending, content: Content, language: Language): string {
  const { departments = [], tags = [], all = false } = to
  const count = peopleIn(to)
  const whom = [
    ...(all ? [say(language, "everybody")] : []),
    ...(departments.length > 0 ? [say(language, "departments", { ids: departments.join(", ") })] : []),
    ...(tags.length > 0 ? [say(language, "tags", { ids: tags.join(", ") })] : []),
    ...(count > 0 ? [say(language, "people", { count: String(count) })] : []),
  ]
  return say(language, "confirmSend", {
    to: whom.join(language === "zh" ? "；" : "; "),
    app: app ?? say(language, "onlyApp"),
    text: shownOf(content, language),
  })
}
