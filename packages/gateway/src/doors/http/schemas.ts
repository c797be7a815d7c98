import { MESSAGE_TYPES, ROBOT_MESSAGE_TYPES } from "@wecom-push/protocol"
import type { Bilingual } from "@wecom-push/protocol"
import type { StateTexts } from "@wecom-push/protocol/delivery"
import { z } from "zod"
import {
  DELAY_REASONS,
  MESSAGE_STATES,
  RECIPIENT_STATES,
  explainDelay,
  MESSAGE_STATE_TEXTS,
  REASONS,
  RECIPIENT_STATE_TEXTS,
} from "@wecom-push/protocol/delivery"
import { BATCH_FIELDS, MESSAGE_FIELDS } from "../../accept/message-fields.ts"
import { PRIORITIES } from "../../model/message.ts"
import { fromCursor } from "../../model/ports/page-cursor.ts"
import { PAYLOAD_SCHEMAS, ROBOT_PAYLOADS } from "../kit/payload-schemas.ts"
import { problemDocument } from "../kit/problem-document.ts"

/**
 * Text that matches a pattern. Few people read patterns: a refusal has the form in words.
 * @param form completes "must be …" and "应为…"
 */
export function formed(pattern: RegExp, form: Bilingual) {
  return z
    .string()
    .refine((text) => pattern.test(text), { params: { form } })
    .meta({ pattern: pattern.source })
}

export const appName = formed(/^[a-z0-9][a-z0-9_-]{0,62}$/, {
  en: "1 to 63 of a-z, 0-9, - and _, and begin with a letter or digit",
  zh: " 1 到 63 个 a-z、0-9、- 和 _，并以字母或数字开头",
}).describe("1 to 63 of a-z, 0-9, - and _.")

/** A whole number in a query or path. */
export function wholeNumber(digits: number, form: Bilingual) {
  return formed(new RegExp(`^\\d{1,${digits}}$`), form).transform(Number)
}

export const time = z.string().meta({ format: "date-time" })

const addresses = (what: string) => z.array(z.string()).optional().describe(what)
const ids = (what: string) => z.array(z.int().positive()).optional().describe(what)

export const audience = z
  .strictObject({
    users: addresses("Userids (账号)."),
    mobiles: addresses(
      "Mobile numbers: 11 digits, or + and country code. Anything else becomes an `invalid` recipient.",
    ),
    emails: addresses("Email addresses."),
    departments: ids("Department ids."),
    tags: ids("Tag ids."),
    chats: addresses(
      "Chatids of group chats: for an app, chats that it has created; for a smart robot, groups that it is in.",
    ),
    all: z
      .boolean()
      .optional()
      .describe(
        "All members in the app's visible range. Cannot be combined with other recipients, and needs scope `send_all`.",
      ),
  })
  .meta({ id: "Audience", description: "At least one list is not empty, or `all` is true." })

const flag = z.literal([0, 1]).nullish()

const stray = z
  .unknown()
  .optional()
  .describe(
    "A field that comes with WeCom's samples. It is ignored with a warning, because `to` and `app` name the recipients and the app.",
  )

const LEFT_OUT = { touser: stray, toparty: stray, totag: stray, agentid: stray }

const messageShape = {
  ...MESSAGE_FIELDS,
  to: audience.optional().describe("Required, unless the app is a group robot, which has no recipients."),
  msgtype: z
    .enum([...new Set([...MESSAGE_TYPES, ...ROBOT_MESSAGE_TYPES])])
    .describe("The content is in the field with the same name as the type, in the form that WeCom documents."),
  ...PAYLOAD_SCHEMAS,
  ...ROBOT_PAYLOADS,
  ...LEFT_OUT,
  safe: z
    .literal([0, 1, 2])
    .nullish()
    .describe("1: members cannot forward the message. 2, only for mpnews: members cannot forward it outside the corp."),
  enable_id_trans: flag,
  enable_duplicate_check: flag.describe(
    "1 uses WeCom's own check for duplicates: a message with the same body within the interval is `suppressed`.",
  ),
  duplicate_check_interval: z.int().min(0).max(14_400).nullish().describe("In seconds. Default 1800."),
}

export const messageRequest = z.strictObject(messageShape).meta({
  id: "Message",
  externalDocs: { url: "https://developer.work.weixin.qq.com/document/path/90236" },
  example: {
    to: { mobiles: ["13800000001"] },
    msgtype: "text",
    text: { content: "磁盘 91%" },
  },
})

export const batchRequest = z
  .array(z.strictObject({ ...messageShape, ...BATCH_FIELDS }).meta({ id: "BatchItem" }))
  .min(1)

export const messageState = z
  .enum(MESSAGE_STATES)
  .describe(listed("The result of a message.", meanings(MESSAGE_STATE_TEXTS)))
export const recipientState = z
  .enum(RECIPIENT_STATES)
  .describe(
    listed("The result of a recipient. Every state except `pending` is final.", meanings(RECIPIENT_STATE_TEXTS)),
  )

export const warnings = z
  .array(
    z.object({
      path: z.string().describe("JSON pointer into the body."),
      code: z.string(),
      detail: z.string().describe("In the language of Accept-Language."),
      errcode: z.int().optional().describe("The errcode that WeCom may answer."),
    }),
  )
  .describe("Content that WeCom may cut, ignore or change, although the message is sent; at most 100.")
  .meta({ id: "Warnings" })

export const acceptedAnswer = z
  .object({
    id: z.string().describe("`msg_…`"),
    state: messageState,
    recipients: z.int().describe("How many recipients the request named."),
    warnings: warnings.optional(),
  })
  .describe(
    "The message is on the disk. `Idempotent-Replayed: true` marks the response of an earlier request with the same key.",
  )

/** Typed as anything, because it is sent as a stream. */
export const batchAnswer: z.ZodType = z.array(
  z.object({
    index: z.int(),
    status: z.int().describe("The status that a single request would have had."),
    id: z.string().optional(),
    warnings: warnings.optional(),
    problem: problemDocument.optional(),
  }),
)

const counts = z
  .object({
    total: z.int(),
    ...Object.fromEntries(RECIPIENT_STATES.map((state) => [state, z.int()])),
  })
  .meta({ id: "RecipientCounts" })

export const pauseView = z.object({ errcode: z.int(), errmsg: z.string(), since: time, next_probe_at: time })

export const outageView = z
  .object({
    since: time,
    next_try_at: time.describe("While the try is under way, this is a time in the past."),
    cause: z
      .string()
      .nullable()
      .describe(
        "The fault, for example `refused`, `dns`, `timeout` or `proxy`; null if WeCom answered that it is busy.",
      ),
    errcode: z.int().nullable(),
    errmsg: z.string().describe("Description of the fault, with the host name."),
  })
  .meta({ id: "Outage" })

export const messageView = z
  .object({
    id: z.string(),
    app: z.string(),
    state: messageState,
    msgtype: z.string(),
    priority: z.enum(PRIORITIES),
    order_key: z.string().nullable(),
    created_at: time,
    send_at: time,
    expires_at: time,
    finished_at: time.nullable(),
    recipients: counts,
    calls: z.int().describe("How many calls to WeCom the message has needed so far, or needs in all."),
    problem: z
      .object({
        code: z.string(),
        cause: z.string().nullable(),
        errcode: z.int().nullable(),
        errmsg: z.string().nullable(),
        since: time.nullable(),
        next_try_at: time.nullable(),
      })
      .nullable()
      .describe(
        "The problem that keeps the whole message from being sent: `app_paused` while a setting of its app is wrong, `bot_taken` while another program is connected as the smart robot, `wecom_unreachable` while WeCom cannot be reached.",
      ),
  })
  .meta({ id: "MessageView" })

const delayReason = z
  .enum(DELAY_REASONS)
  .describe(
    listed(
      "Why the recipient is pending; null if it only waits in the queue.",
      DELAY_REASONS.map((reason) => [reason, explainDelay(reason).en]),
    ),
  )
  .meta({ id: "DelayReason" })

export const messageDetail = messageView
  .extend({
    delay: z
      .object({ reason: delayReason, until: time.nullable() })
      .nullable()
      .describe(
        "Why recipients are pending: the reason that all of them share, or else the reason of one of the first.",
      ),
    parts: z
      .object({ total: z.int(), sent: z.int().describe("Sent to at least some recipients, and not recalled.") })
      .nullable()
      .describe("For a text that is sent in several parts (`overflow: split`); otherwise null."),
    warnings: warnings.optional(),
  })
  .meta({ id: "MessageDetail" })

export const recipientView = z
  .object({
    type: z.enum(["mobile", "email", "user", "department", "tag", "all", "chat", "robot"]),
    address: z.string().describe("As written in the request."),
    state: recipientState,
    userid: z.string().nullable(),
    app: z
      .string()
      .describe("The app that sends to this recipient: the app that `else` names, or the app of the message."),
    msgid: z.string().nullable().describe("The msgid of WeCom."),
    errcode: z.int().nullable(),
    reason: z
      .union([delayReason, z.string()])
      .nullable()
      .describe(
        listed(
          "Why the recipient is in this state, as one word; for a pending recipient a `DelayReason`. With the prefix `part_2_of_3_…`, the earlier parts of the text have arrived.",
          Object.entries(REASONS).map(([word, { en }]) => [word, en]),
        ),
      ),
    delayed_until: time
      .nullable()
      .describe(
        "Nothing is sent to the recipient before this time, because of `reason`. Null if the end is not known.",
      ),
    at: time.nullable().describe("When the recipient reached this state; null while pending."),
  })
  .meta({ id: "Recipient" })

export const attemptView = z
  .object({
    call: z.int(),
    number: z.int(),
    started_at: time,
    finished_at: time.nullable(),
    errcode: z.int().nullable(),
    errmsg: z.string().nullable(),
    result: z.enum(["accepted", "refused", "in_doubt", "not_sent"]).nullable(),
  })
  .meta({ id: "Attempt" })

export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next_cursor: z.string().nullable() })
}

export const pageQuery = {
  limit: wholeNumber(9, { en: "a whole number from 1 to 1000", zh: " 1 到 1000 的整数" })
    .pipe(z.int().min(1).max(1000))
    .optional()
    .meta({ type: "integer", minimum: 1, maximum: 1000, pattern: undefined, description: "1 to 1000; default 100." }),
  cursor: z
    .string()
    .max(200)
    .refine((cursor) => fromCursor(cursor) !== undefined, {
      params: {
        detail: {
          en: "This is no cursor of ours; write next_cursor of the page before, or leave it out to begin at the first.",
          zh: "不是有效的 cursor；请填写上一页的 next_cursor，不填则从第一页开始。",
        },
      },
    })
    .optional()
    .describe("`next_cursor` of the previous page."),
}

export const DEFAULT_PAGE_LIMIT = 100

export const noQuery = z.strictObject({})

/** A list in Markdown. */
function listed(head: string, items: readonly (readonly [word: string, sentence: string])[]): string {
  return `${head}\n\n${items.map(([word, sentence]) => `- \`${word}\`: ${sentence}`).join("\n")}`
}

function meanings(texts: Readonly<Record<string, StateTexts>>): [word: string, sentence: string][] {
  return Object.entries(texts).map(([word, { meaning }]) => [word, meaning.en])
}
