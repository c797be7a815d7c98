import type { JsonSchema } from "./schema-arbitrary.ts"

export interface Shot {
  readonly method: string
  /** The route as in the description, for example `/v1/messages/{id}`. */
  readonly route: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer | undefined
}

export interface ShotAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly payload: string
}

export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> }
}

export interface Operation {
  readonly operationId: string
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly schema: JsonSchema }[]
  readonly requestBody?: { readonly content: Content }
  /** The answers by status. */
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>
