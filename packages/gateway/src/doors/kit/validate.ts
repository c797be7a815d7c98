import type { FastifySchemaCompiler } from "fastify"
import type { z } from "zod"
import { errorsOfIssues, refuse } from "../../accept/issues.ts"
import { toPointer } from "../../accept/pointer.ts"
import type { Problem, ProblemError } from "../../problems/problem.ts"

type Checked = { readonly value: unknown } | { readonly error: Problem }

/**
 * Checks query, path and body by the schemas in `/openapi.json`, and names all faults.
 * @param shownOnly bodies that their handlers check themselves
 */
export function validator(shownOnly: ReadonlySet<z.ZodType>): FastifySchemaCompiler<z.ZodType> {
  return ({ schema, httpPart }) => {
    if (shownOnly.has(schema)) return (value: unknown): Checked => ({ value })
    const name = httpPart === "body" ? toPointer : nameOfParameter
    return (data: unknown): Checked => {
      const repeated = httpPart === "querystring" ? repeatedIn(data) : []
      if (repeated.length > 0) return { error: refuse(repeated) }
      const parsed = schema.safeParse(data, { reportInput: true })
      return parsed.success ? { value: parsed.data } : { error: refuse(errorsOfIssues(parsed.error.issues, name)) }
    }
  }
}

/** It is unknown which of two values would count, so neither does. */
function repeatedIn(query: unknown): ProblemError[] {
  const entries = typeof query === "object" && query !== null ? Object.entries(query) : []
  return entries.flatMap(([name, value]) => {
    if (!Array.isArray(value)) return []
    const detail = { en: `${name} is given more than once; keep one.`, zh: `${name} 重复出现，请只保留一个。` }
    return [{ path: name, code: "wrong_type", detail }]
  })
}

const nameOfParameter = (path: readonly (string | number)[]): string => path.join(".")
