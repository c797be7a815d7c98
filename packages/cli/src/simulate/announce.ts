import type { Simulator } from "@wecom-push/simulator"
import { identitySettings } from "../config/settings.ts"
import type { SettingsRead } from "../config/read-settings.ts"
import { displayWidth, padEnd } from "../display-width.ts"
import type { Output } from "../output.ts"
import { sourceWord } from "../source-word.ts"
import { say } from "../texts.ts"

/** Tells how to reach a simulator that has just started, and what to type next. */
export function announce(simulator: Simulator, configured: SettingsRead, output: Output): void {
  const { language } = output
  const { corp_id, apps, members } = simulator.org
  if (output.json) {
    output.data(
      JSON.stringify({
        base_url: simulator.url,
        corp_id,
        apps: apps.map(({ agentid, name, secret }) => ({ agentid, name, secret })),
        phones: `${simulator.url}/`,
        members: members.length,
      }),
    )
    return
  }
  const rows = [
    [say(language, "simulatorBaseUrl"), simulator.url],
    [say(language, "simulatorPhones"), `${simulator.url}/`],
    [say(language, "simulatorCorpId"), corp_id],
    ...apps.map(({ agentid, name, secret }) => [say(language, "simulatorApp"), `${agentid}  ${name}  ${secret}`]),
  ] as const
  const width = Math.max(...rows.map(([label]) => displayWidth(label ?? "")))
  output.data(`${output.paintData("bold", say(language, "simulatorAt"))}  ${say(language, "simulatorStop")}`)
  for (const [label = "", value = ""] of rows) {
    output.data(`  ${output.paintData("dim", padEnd(label, width))}  ${value}`)
  }
  const mobile = members.find((member) => member.mobile !== undefined && member.mobile !== "")?.mobile
  if (mobile !== undefined) {
    output.note("")
    output.note(say(language, "simulatorTry"))
    output.note(`  npx wecom-push send --mobile ${mobile} --text "${say(language, "simulatorText")}"`)
  }
  const [app] = apps
  if (app === undefined) return
  output.note("")
  output.note(say(language, "simulatorExport"))
  output.note(`  export WECOM_API_BASE_URL=${simulator.url}`)
  output.note(`  export WECOM_CORP_ID=${corp_id}`)
  output.note(`  export WECOM_APP_SECRET=${app.secret}`)
  output.note(`  export WECOM_AGENT_ID=${app.agentid}`)
  const shadow = identitySettings.map((name) => configured.settings[name]).find((found) => found !== undefined)
  if (shadow === undefined) return
  const values = { name: shadow.name, source: sourceWord(shadow.source, language) }
  output.note("")
  output.warn(say(language, "simulatorShadowed", values))
}
