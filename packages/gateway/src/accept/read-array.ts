import { Problem } from "../problems/problem.ts"

/** @throws {Problem} `wrong_type`; `invalid_value` for an empty array */
export function readArray(body: unknown): readonly unknown[] {
  if (!Array.isArray(body)) throw notAnArray()
  const items: readonly unknown[] = body
  if (items.length > 0) return items
  throw emptyBatch()
}

export function notAnArray(): Problem {
  const detail = {
    en: "A batch is an array of messages, or one message a line with Content-Type: application/x-ndjson.",
    zh: "批量请求应为消息数组；若每行一条消息，请使用 Content-Type: application/x-ndjson。",
  }
  return new Problem("wrong_type", { errors: [{ path: "", code: "wrong_type", detail }] })
}

export function emptyBatch(): Problem {
  const detail = { en: "The batch is empty; put at least one message in.", zh: "批量请求为空，请至少包含一条消息。" }
  return new Problem("invalid_value", { errors: [{ path: "", code: "too_few", detail }] })
}
