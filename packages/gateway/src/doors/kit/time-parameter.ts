import { z } from "zod"
import { parseRfc3339, whyNoTime } from "../../accept/rfc3339.ts"

/** Milliseconds since 1970, from an RFC 3339 time with offset. */
export const rfc3339 = z
  .string()
  .meta({ format: "date-time" })
  .transform((text, context) => {
    const at = parseRfc3339(text)
    if (at !== undefined) return at
    const { en, zh } = whyNoTime(text)
    const detail = { en: `This ${en} In an address + is written as %2B.`, zh: `该值${zh}（地址中的 + 要写成 %2B。）` }
    context.addIssue({ code: "custom", input: text, params: { detail } })
    return z.NEVER
  })
