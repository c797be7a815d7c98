import type { Language } from "@wecom-push/protocol"
import { z } from "zod"
import type { Problem } from "../../problems/problem.ts"
import { PROBLEMS } from "../../problems/problem-catalogue.ts"

export const PROBLEM_MEDIA_TYPE = "application/problem+json"

export const problemDocument = z
  .object({
    type: z.string().describe("The code as a URI."),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().describe("Does not change between versions. Programs should use it to tell problems apart."),
    hint: z.string().describe("What to do."),
    errors: z
      .array(
        z.object({
          path: z.string().describe("JSON pointer into the body, or the name of a query parameter."),
          code: z.string(),
          detail: z.string(),
          errcode: z.int().optional().describe("WeCom's error code for the same mistake."),
        }),
      )
      .describe("All faults of the request, at most 100."),
    more_errors: z
      .int()
      .optional()
      .describe("How many faults were found beyond those in `errors`; absent if `errors` has all of them."),
    request_id: z.string().optional(),
  })
  .meta({ id: "Problem", description: "RFC 9457. `title`, `detail` and `hint` follow Accept-Language (en, zh)." })

/** All error answers. */
export const problems = {
  "4xx": { description: "A problem.", content: { "application/problem+json": { schema: problemDocument } } },
  "5xx": { description: "A problem.", content: { "application/problem+json": { schema: problemDocument } } },
} as const

export type ProblemDocument = z.output<typeof problemDocument>

/** A problem in words, as it goes out. @see https://www.rfc-editor.org/rfc/rfc9457 */
export function describeProblem(problem: Problem, language: Language, requestId?: string): ProblemDocument {
  const { status, title, hint } = PROBLEMS[problem.code]
  return {
    type: `urn:wecom-push:problem:${problem.code}`,
    title: title[language],
    status,
    detail: (problem.detail ?? title)[language],
    code: problem.code,
    hint: hint[language],
    errors: problem.errors.map(({ path, code, detail, errcode }) => ({
      path,
      code,
      detail: detail[language],
      ...(errcode === undefined ? {} : { errcode }),
    })),
    ...(problem.moreErrors === 0 ? {} : { more_errors: problem.moreErrors }),
    ...(requestId === undefined ? {} : { request_id: requestId }),
  }
}
