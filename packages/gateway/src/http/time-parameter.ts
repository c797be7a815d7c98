import { z } from "zod"
import { parseRfc3339 } from "../accept/rfc3339.ts"

/** Milliseconds since 1970, from RFC 3339 with a zone. */
export const rfc3339 = z
  .string()
  .meta({ format: "date-time" })
  .transform((text, context) => {
    const at = parseRfc3339(text)
    if (at !== undefined) return at
    const detail = {
      en: "This is no moment with a zone; write it as 2026-12-01T09:00:00+08:00, with + as %2B in an address.",
      zh: "不是带时区的时间，请写成 2026-12-01T09:00:00+08:00 的形式（地址中的 + 要写成 %2B）。",
    }
    context.addIssue({ code: "custom", input: text, params: { detail } })
    return z.NEVER
  })
