import { TRANSLATED_FIELDS } from "@wecom-push/protocol"
import type { JsonObject } from "../json.ts"
import type { Org } from "../org/org.ts"
import type { App } from "../org/types.ts"
import { mapTexts } from "./shown-body.ts"

const LISTS = /\[\d+\]/g

const MARK = /\$(userName|userAlias|userAliasOrName|departmentName)=([^$]*)\$/g

/** Puts names in the place of marks such as `$userName=zhangsan$`. A mark that leads nowhere stays as it was typed. */
export function translateIds(org: Org, app: App, msgtype: string, payload: JsonObject): JsonObject {
  return mapTexts(payload, (text, path) => {
    const isTranslated = text.includes("$") && TRANSLATED_FIELDS.has(`${msgtype}.${path.replaceAll(LISTS, "")}`)
    if (!isTranslated) return text
    return text.replaceAll(MARK, (mark, kind: string, id: string) => nameFor(org, app, kind, id) || mark)
  })
}

function nameFor(org: Org, app: App, kind: string, id: string): string | undefined {
  const range = org.visibleRange(app)
  if (kind === "departmentName") {
    const department = /^\d+$/.test(id) ? org.department(Number(id)) : undefined
    return department !== undefined && range.seesDepartment(department.id) ? department.name : undefined
  }
  const member = org.member(id)
  if (member === undefined || !range.seesMember(member)) return undefined
  if (kind === "userName") return member.name
  return kind === "userAlias" ? member.alias : member.alias || member.name
}
