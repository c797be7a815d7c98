import type { App } from "../org/types.ts"
import type { World } from "../world.ts"
import { queryText, refuse, type ApiAnswer, type ApiCall } from "./call.ts"

/** With an app's token WeCom lists only that app. @see wecom document 90227 */
export function agentList(_world: World, _call: ApiCall, { agentid, name }: App): ApiAnswer {
  return { errcode: 0, agentlist: [{ agentid, name, square_logo_url: "" }] }
}

/** Answers for a disabled app too, with `close` 1, so that its program can find out. @see wecom document 90227 */
export function agentGet(_world: World, call: ApiCall, app: App): ApiAnswer {
  const agentid = queryText(call.query, "agentid")
  if (agentid === "") return refuse(41011)
  if (!/^\d{1,15}$/.test(agentid)) return refuse(40056)
  if (Number(agentid) !== app.agentid) return refuse(301002)
  return {
    errcode: 0,
    agentid: app.agentid,
    name: app.name,
    square_logo_url: "",
    description: app.description,
    allow_userinfos: { user: app.visible.members.map((userid) => ({ userid })) },
    allow_partys: { partyid: app.visible.departments },
    allow_tags: { tagid: app.visible.tags },
    close: app.enabled ? 0 : 1,
    redirect_domain: "",
    report_location_flag: 0,
    isreportenter: 0,
    home_url: "",
  }
}
