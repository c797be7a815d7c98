import { cutBytesLikeWeCom } from "@wecom-push/protocol"
import { isJsonObject, type JsonObject } from "../json.ts"

/** A text of which WeCom shows only the beginning, without a sign. */
export interface Cut {
  /** Such as `news.articles[2].title`. */
  readonly path: string
  readonly limit: number
  readonly unit: "bytes" | "characters"
}

/** The payload as phones show it. The same object when nothing changes. */
export function withCuts(payload: JsonObject, cuts: readonly Cut[]): JsonObject {
  if (cuts.length === 0) return payload
  const limits = new Map(cuts.map((cut) => [cut.path.slice(cut.path.indexOf(".") + 1), cut]))
  return mapTexts(payload, (text, path) => {
    const cut = limits.get(path)
    if (cut === undefined) return text
    return cut.unit === "bytes" ? cutBytesLikeWeCom(text, cut.limit) : Array.from(text).slice(0, cut.limit).join("")
  })
}

/** A copy with every text replaced by the result of `change`, which gets the path, such as `articles[2].title`. */
export function mapTexts(payload: JsonObject, change: (text: string, path: string) => string): JsonObject {
  const visit = (value: unknown, path: string): unknown => {
    if (typeof value === "string") return change(value, path)
    if (Array.isArray(value)) return value.map((item: unknown, index) => visit(item, `${path}[${index}]`))
    return isJsonObject(value) ? visitMembers(value, `${path}.`) : value
  }
  const visitMembers = (object: JsonObject, prefix: string): JsonObject =>
    Object.fromEntries(Object.entries(object).map(([name, value]) => [name, visit(value, prefix + name)]))
  return visitMembers(payload, "")
}
