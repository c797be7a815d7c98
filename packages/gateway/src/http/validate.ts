import type { FastifySchemaCompiler } from "fastify"
import type { z } from "zod"
import { errorsOfIssues, refuse } from "../accept/issues.ts"
import { toPointer } from "../accept/pointer.ts"
import type { Problem } from "../accept/problem.ts"

type Checked = { readonly value: unknown } | { readonly error: Problem }

/**
 * Checks query, path and body by the schemas that `/openapi.json` shows, and names all that is wrong.
 * @param shownOnly bodies that their handlers check by themselves
 */
export function validator(shownOnly: ReadonlySet<z.ZodType>): FastifySchemaCompiler<z.ZodType> {
  return ({ schema, httpPart }) => {
    if (shownOnly.has(schema)) return (value: unknown): Checked => ({ value })
    const name = httpPart === "body" ? toPointer : nameOfParameter
    return (data: unknown): Checked => {
      const parsed = schema.safeParse(data, { reportInput: true })
      return parsed.success ? { value: parsed.data } : { error: refuse(errorsOfIssues(parsed.error.issues, name)) }
    }
  }
}

const nameOfParameter = (path: readonly (string | number)[]): string => path.join(".")
