import { targetKey } from "./call-target.ts"

/** The members a frozen body names, as they stand in it. */
export function namedUsers(body: string): string[] {
  return listOf(JSON.parse(body), "touser")
}

/** Keys of everybody and everything a frozen body names. */
export function namedKeys(body: string): string[] {
  const fields: Record<string, unknown> = JSON.parse(body)
  return [
    ...listOf(fields, "touser").map((id) => (id === "@all" ? targetKey("all", id) : targetKey("user", id))),
    ...listOf(fields, "toparty").map((id) => targetKey("department", id)),
    ...listOf(fields, "totag").map((id) => targetKey("tag", id)),
  ]
}

function listOf(fields: Readonly<Record<string, unknown>>, name: string): string[] {
  const value = fields[name]
  return typeof value === "string" && value !== "" ? value.split("|") : []
}
