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
    .describe("Name of the app it comes from. May be left out where the key reaches exactly one."),
  else: z
    .string()
    .max(64)
    .optional()
    .describe(
      "Of a smart robot's message: the app of a corp from which members get it who are `not_opened`, in the same message. The key must hold it too, and both must take the content.",
    ),
  priority: z
    .enum(PRIORITIES)
    .optional()
    .describe("`high` overtakes `normal`, `normal` overtakes `bulk`. Default `normal`."),
  order_key: z
    .string()
    .min(1)
    .max(MAX_ORDER_KEY_LENGTH)
    .optional()
    .describe("Messages of one app with the same key go out one after another, in the order of acceptance."),
  send_at: z
    .string()
    .optional()
    .meta({ format: "date-time" })
    .describe("When to send it, RFC 3339 with zone. Up to 5 minutes past counts as now, at most 365 days ahead."),
  expires_at: z
    .string()
    .optional()
    .meta({ format: "date-time" })
    .describe("What has not gone out by then is `expired`. Default 24 hours after `send_at` or acceptance."),
  overflow: z
    .enum(["reject", "split", "truncate"])
    .optional()
    .describe(
      "What to do with a text that WeCom would cut without a word: `truncate` cuts it where it reads better, `split` sends text and markdown in parts. Default `reject`; with `strict: false` WeCom cuts.",
    ),
  strict: z
    .boolean()
    .optional()
    .describe(
      "False: what WeCom cuts, ignores or replaces by a default goes out, with `warnings` in the answer. What WeCom refuses is refused in any case. Default true.",
    ),
  mobile_check: z
    .enum(MOBILE_CHECKS)
    .optional()
    .describe(
      "`strict`: a mobile number must be one by the rules of its country, else it is `invalid`. `length`: WeCom is asked for any of 5 to 32 bytes. The app's setting unless given.",
    ),
} as const

/** Fields of an item of a batch: each message needs a key of its own, which a header cannot give. */
export const BATCH_FIELDS = {
  idempotency_key: z
    .string()
    .optional()
    .describe("As the header Idempotency-Key of a single message: 1 to 255 visible ASCII characters."),
  traceparent: z
    .string()
    .optional()
    .describe("As the header traceparent of a single message (W3C Trace Context). That of the request unless given."),
} as const
