import type { IncomingHttpHeaders } from "node:http"
import { z } from "zod"
import { readTrace } from "../../model/trace.ts"
import type { Trace } from "../../model/trace.ts"

/** The trace that a request belongs to, according to its headers. */
export function traceOf({ headers }: { readonly headers: IncomingHttpHeaders }): Trace | undefined {
  const { traceparent, tracestate } = headers
  return traceparent === undefined ? undefined : readTrace(traceparent, tracestate)
}

/** The headers in the description of the API. No value is refused. */
export const traceFields = {
  traceparent: z
    .string()
    .optional()
    .describe(
      "Trace of the caller (W3C Trace Context). It is stored with the message and sent with its calls to WeCom. An invalid value is ignored.",
    ),
  tracestate: z.string().optional().describe("Used together with `traceparent`."),
}
