import assert from "node:assert/strict"
import { z } from "zod"
import type { ApiDocument, Shot, ShotAnswer } from "./api-document.ts"

/** Checks that success answers agree with the gateway's own description; all refusals have the same form. */
export class DescribedAnswers {
  readonly #document: ApiDocument
  readonly #schemas = new Map<string, z.ZodType>()

  constructor(document: ApiDocument) {
    this.#document = document
  }

  check({ method, route }: Shot, { status, headers, payload }: ShotAnswer): void {
    if (status >= 400) return
    const { responses = {} } = this.#document.paths[route]?.[method.toLowerCase()] ?? {}
    const response = responses[status]
    assert.ok(response !== undefined, `${method} ${route} answers ${status}, which is not described`)
    const [type = ""] = String(headers["content-type"]).split(";", 1)
    if (payload === "" || !/[/+]json$/.test(type)) return
    const schema = response.content?.[type]?.schema
    assert.ok(schema !== undefined, `${method} ${route} answers ${status} as ${type}, which is not described`)
    const key = `${method} ${route} ${status} ${type}`
    const known = this.#schemas.get(key) ?? this.#read(schema)
    this.#schemas.set(key, known)
    const { error } = known.safeParse(JSON.parse(payload))
    assert.equal(error, undefined, `${method} ${route} answers ${status} with ${payload}: ${error?.message}`)
  }

  /** @param where for the error message */
  checkExample(schema: unknown, example: unknown, where: string): void {
    const { error } = this.#read(schema).safeParse(example)
    assert.equal(error, undefined, `${where}: ${error?.message}`)
  }

  /** The schema with the definitions that the description keeps apart. */
  #read(schema: unknown): z.ZodType {
    const $defs = this.#document.components.schemas
    const whole = JSON.stringify({ ...(schema as object), $defs }).replaceAll("#/components/schemas/", "#/$defs/")
    return z.fromJSONSchema(JSON.parse(whole))
  }
}
