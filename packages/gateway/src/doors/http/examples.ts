import { API_EXAMPLES } from "./api-examples.ts"

interface Content {
  readonly content?: Readonly<Record<string, { example?: unknown }>>
}

interface Operation {
  readonly operationId?: string
  readonly requestBody?: Content
  readonly responses?: Readonly<Record<string, Content>>
}

/** Adds the requests and answers of a run to the schemas of the description. */
export function withExamples(document: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the gateway's own description
  const paths = document["paths"] as Readonly<Record<string, Readonly<Record<string, Operation>>>>
  for (const operations of Object.values(paths)) {
    for (const { operationId = "", requestBody, responses } of Object.values(operations)) {
      const example = API_EXAMPLES[operationId]
      if (example === undefined) continue
      const asked = requestBody?.content?.[JSON_TYPE]
      if (asked !== undefined && example.request !== undefined) asked.example = example.request
      const answered = responses?.[example.status]?.content?.[JSON_TYPE]
      if (answered !== undefined) answered.example = example.response
    }
  }
  return document
}

const JSON_TYPE = "application/json"
