import type { Gateway } from "@wecom-push/gateway"
import type { Simulator } from "@wecom-push/simulator"
import { displayWidth, padEnd } from "../display-width.ts"
import type { LocalConfig } from "./local-config.ts"
import type { Told } from "./log-lines.ts"
import { say } from "./texts.ts"

export interface Started {
  readonly gateway: Gateway
  readonly simulator: Simulator | undefined
  readonly trialKey: string
  readonly local: LocalConfig
}

/** Tells where a gateway is that has just started, its key where it is new, and what to type next. */
export function announce(started: Started, told: Told): void {
  const { gateway, simulator, trialKey, local } = started
  const { language, output } = told
  const docs = `${gateway.url}/docs`
  const apps = appsOf(started)
  if (output.json) {
    output.data(
      JSON.stringify({
        url: gateway.url,
        docs,
        database: local.databaseShown,
        apps,
        simulator: simulator === undefined ? null : { base_url: simulator.url, phones: `${simulator.url}/` },
        admin_key: simulator === undefined ? null : trialKey,
        parked_messages: gateway.parkedMessages,
        lost_files: gateway.lostFiles,
      }),
    )
  } else {
    const rows = [
      [say(language, "address"), gateway.url],
      [say(language, "docs"), docs],
      ...(simulator === undefined ? [] : [[say(language, "phones"), `${simulator.url}/`]]),
      [say(language, "database"), local.databaseShown],
      ...(apps.length === 0 ? [] : [[say(language, "apps"), apps.join(", ")]]),
    ]
    const width = Math.max(...rows.map(([label = ""]) => displayWidth(label)))
    const title = say(language, simulator === undefined ? "gatewayAt" : "trialAt")
    output.data(`${output.paintData("bold", title)}  ${say(language, "stopsBy")}`)
    for (const [label = "", value = ""] of rows) {
      output.data(`  ${output.paintData("dim", padEnd(label, width))}  ${value}`)
    }
  }
  tellKey(started, told)
  if (gateway.parkedMessages > 0) output.warn(say(language, "parked", { count: gateway.parkedMessages }))
  if (gateway.lostFiles > 0) output.warn(say(language, "lostFiles", { count: gateway.lostFiles }))
  if (!output.json) tellNextSteps(started, apps, told)
}

/** A first start's key is on the screen this once, whatever was asked to be quiet. */
function tellKey({ gateway, simulator, trialKey }: Started, { language, output }: Told): void {
  if (simulator !== undefined) output.complain(say(language, "trialKey", { key: trialKey }))
  else if (gateway.adminKey !== undefined) {
    output.complain(say(language, "adminKey", { key: gateway.adminKey }))
    output.note(say(language, "adminKeyLater"))
  }
}

function tellNextSteps(started: Started, apps: readonly string[], { language, hint }: Told): void {
  const { gateway, simulator, trialKey, local } = started
  const [app] = apps
  if (app === undefined) hint(say(language, "noApp"))
  const key =
    simulator === undefined
      ? (gateway.adminKey ?? (local.config?.adminKey === undefined ? "$WECOM_PUSH_KEY" : "$WECOM_PUSH_ADMIN_KEY"))
      : trialKey
  const message = {
    ...(app === undefined ? {} : { app }),
    to: { mobiles: ["13800000001"] },
    msgtype: "text",
    text: { content: say(language, "hello") },
  }
  hint("")
  hint(say(language, simulator === undefined ? "tryItWithYourNumber" : "tryIt"))
  hint(
    `  curl ${gateway.url}/v1/messages -H "Authorization: Bearer ${key}" -H "Content-Type: application/json" -d '${JSON.stringify(message)}'`,
  )
  if (simulator === undefined) return
  hint("")
  hint(say(language, "andThen"))
  hint("  npx wecom-push tail")
}

function appsOf({ simulator, local }: Started): readonly string[] {
  if (simulator !== undefined) return ["alerts", "hr", "root"].slice(0, simulator.org.apps.length)
  const { defaultApp, bot } = local.config ?? {}
  return [...(defaultApp === undefined ? [] : ["default"]), ...(bot === undefined ? [] : ["bot"])]
}
