import type { Language } from "@wecom-push/protocol"
import type { AgentInfo } from "@wecom-push/sdk"
import { say } from "../texts.ts"
import type { Step } from "./step.ts"

/** Whether the app can reach any member: it must be enabled and see at least one. */
export function checkApp(agent: AgentInfo, language: Language): Step {
  const members = agent.allow_userinfos?.user?.length ?? 0
  const departments = agent.allow_partys?.partyid?.length ?? 0
  const tags = agent.allow_tags?.tagid?.length ?? 0
  const details = [
    say(language, "appOk", { name: agent.name ?? "", agentId: agent.agentid ?? "" }),
    say(language, "appRange", { members, departments, tags }),
  ]
  if (agent.close === 1) {
    return failed([...details, say(language, "appClosed")], say(language, "appClosedHint"))
  }
  if (members + departments + tags === 0) {
    return failed([...details, say(language, "appRangeEmpty")], say(language, "appRangeHint"))
  }
  return { step: "app", state: "ok", details }
}

function failed(details: readonly string[], hint: string): Step {
  return { step: "app", state: "failed", details, hint }
}
