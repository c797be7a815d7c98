import type { CompatAnswer } from "./answer.ts"
import { appNamed } from "./callers.ts"
import type { Caller } from "./callers.ts"
import type { CompatRequest } from "./compat-request.ts"
import type { CompatDeps } from "./deps.ts"
import { pauseAnswer } from "./pauses.ts"
import { Refusal } from "./refusal.ts"

/**
 * The gateway's own facts about an app, without its visible range; WeCom is not asked. The answer reports a pause, because
 * programs use this call to check whether they can send.
 * @throws {Refusal} 41011, 40056, 301002
 * @see https://developer.work.weixin.qq.com/document/path/90227
 */
export async function agentGet(_desk: CompatDeps, caller: Caller, request: CompatRequest): Promise<CompatAnswer> {
  const agentId = request.queryText("agentid")
  if (agentId === "") throw new Refusal(41011, "give agentid in the query")
  if (!/^\d{1,15}$/.test(agentId)) throw new Refusal(40056, "agentid is a whole number")
  const app = appNamed(caller, Number(agentId))
  const isDisabled = app.pause?.errcode === APP_DISABLED
  if (app.pause !== undefined && !isDisabled) return pauseAnswer(app.pause)
  return {
    errcode: 0,
    agentid: app.agentId,
    name: app.name,
    square_logo_url: "",
    description: "",
    close: isDisabled ? 1 : 0,
    redirect_domain: "",
    report_location_flag: 0,
    isreportenter: 0,
    home_url: "",
  }
}

/** WeCom answers with this code for a disabled app too, so that programs notice it by this call. */
const APP_DISABLED = 50003
