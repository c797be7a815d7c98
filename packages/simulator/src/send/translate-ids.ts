import type { JsonObject } from "../json.ts"
import type { Org } from "../org/org.ts"
import type { App } from "../org/types.ts"
import { mapTexts } from "./shown-body.ts"

/** The fields that are translated, by message type. @see wecom document 90236, id转译 */
const FIELDS: Readonly<Record<string, RegExp>> = {
  text: /^content$/,
  textcard: /^(title|description)$/,
  news: /^articles\[\d+\]\.(title|description)$/,
  mpnews: /^articles\[\d+\]\.(title|digest|content)$/,
  miniprogram_notice: /^(title|description|content_item\[\d+\]\.value)$/,
  template_card:
    /^(source\.desc|main_title\.title|main_title\.desc|sub_title_text|horizontal_content_list\[\d+\]\.value)$/,
}

const MARK = /\$(userName|userAlias|userAliasOrName|departmentName)=([^$]*)\$/g

/** Puts names where marks such as `$userName=zhangsan$` stand. A mark that leads nowhere stays as it was typed. */
export function translateIds(org: Org, app: App, msgtype: string, payload: JsonObject): JsonObject {
  const fields = FIELDS[msgtype]
  if (fields === undefined) return payload
  return mapTexts(payload, (text, path) => {
    if (!fields.test(path) || !text.includes("$")) return text
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
