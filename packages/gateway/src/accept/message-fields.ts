import { MOBILE_CHECKS } from "@wecom-push/protocol"
import { z } from "zod"
import { PRIORITIES } from "../model/message.ts"

const MAX_ORDER_KEY_LENGTH = 128

/** Fields of a message beside WeCom's own fields and the audience. Used to check and to document. */
export const MESSAGE_FIELDS = {
  app: z
    .string()
    .max(64)
    .optional()
    .describe("Name of the app that sends the message. Optional if the key holds exactly one app."),
  else: z
    .string()
    .max(64)
    .optional()
    .describe(
      "For a message of a smart robot: the app of a corp that sends the message to members who are `not_opened`. The key must hold that app too, and both must be able to send the content.",
    ),
  priority: z
    .enum(PRIORITIES)
    .optional()
    .describe("`high` is sent before `normal`, and `normal` before `bulk`. Default `normal`."),
  order_key: z
    .string()
    .min(1)
    .max(MAX_ORDER_KEY_LENGTH)
    .optional()
    .describe("Messages of one app with the same order key are sent one after another, in the order of acceptance."),
  send_at: z
    .string()
    .optional()
    .meta({ format: "date-time" })
    .describe(
      "When to send the message, RFC 3339 with zone. At most 365 days ahead; up to 5 minutes in the past counts as now.",
    ),
  expires_at: z
    .string()
    .optional()
    .meta({ format: "date-time" })
    .describe(
      "Recipients that have not been sent to by then become `expired`. Default 24 hours after `send_at`, or after acceptance.",
    ),
  overflow: z
    .enum(["reject", "split", "truncate"])
    .optional()
    .describe(
      "What to do with a text that is too long, which WeCom would cut without an error: `reject` it, `truncate` it at a suitable place, or `split` text and markdown into several messages. Default `reject`; with `strict: false`, WeCom cuts it.",
    ),
  strict: z
    .boolean()
    .optional()
    .describe(
      "If false, content that WeCom would cut, ignore or replace by a default is sent, and the response has `warnings`. Content that WeCom would refuse is always refused. Default true.",
    ),
  mobile_check: z
    .enum(MOBILE_CHECKS)
    .optional()
    .describe(
      "`strict`: a mobile number must follow the rules of its country, or it is `invalid`. `length`: every number of 5 to 32 bytes is looked up in WeCom. Default: the app's setting.",
    ),
} as const

/** Fields of an item of a batch: each message needs a key of its own, which a header cannot give. */
export const BATCH_FIELDS = {
  idempotency_key: z
    .string()
    .optional()
    .describe("Same as the header Idempotency-Key of a single message: 1 to 255 visible ASCII characters."),
  traceparent: z
    .string()
    .optional()
    .describe(
      "Same as the header traceparent of a single message (W3C Trace Context). Default: the one of the request.",
    ),
} as const
