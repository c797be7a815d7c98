import { setTimeout as sleep } from "node:timers/promises"
import type { Simulator } from "@wecom-push/simulator"
import type { AppChange, History } from "../history.ts"
import { mustAnswer } from "../lib/http.ts"
import type { Random } from "../lib/random.ts"
import { APPS, WRONG_AGENT_ID } from "../world.ts"

export interface ConfigurationOptions {
  readonly random: Random
  readonly history: History
  readonly simulator: Simulator
  /** Asks the gateway until it answers for good. @returns the status */
  readonly amend: (path: string, body: unknown) => Promise<number>
}

/**
 * Administrators at work while messages go out: one change after another, and what was set wrong is mended seconds later,
 * at the end too.
 */
export async function changeConfiguration(options: ConfigurationOptions, ending: AbortSignal): Promise<void> {
  const { random } = options
  const pause = (least: number, most: number): Promise<void> =>
    sleep(random.integer(least, most), undefined, { signal: ending }).catch(() => undefined)
  const secrets = new Map(APPS.map(({ name, secret }) => [name, secret]))
  for (let number = 1; ; number++) {
    await pause(100, 1200)
    if (ending.aborted) return
    const change = random.weighted({ settings: 3, secret_wrong: 2, secret_reset: 2, agent_wrong: 3 })
    if (change === "settings") {
      const app = random.pick(APPS)
      await changeApp(options, app, change, { settings: someSettings(random) })
      continue
    }
    // The environment of the first has its secret and its agent id: each start sets them again.
    const app = random.pick(APPS.slice(1))
    if (change === "secret_wrong") await changeApp(options, app, change, { secret: `wrong-${number}` })
    else if (change === "agent_wrong") await changeApp(options, app, change, { agent_id: WRONG_AGENT_ID })
    else {
      const secret = `${app.secret}-${number}`
      secrets.set(app.name, secret)
      await resetSecret(options, app, secret)
    }
    await pause(100, 3000)
    const mended = change === "agent_wrong" ? { agent_id: app.agentId } : { secret: secrets.get(app.name) }
    await changeApp(options, app, "mended", mended)
  }
}

/** What may be set while messages wait: less than WeCom allows, and back. */
function someSettings(random: Random): Readonly<Record<string, unknown>> {
  return {
    ...(random.chance(0.5) && { concurrent_calls: random.integer(1, 50) }),
    ...(random.chance(0.5) && { member_per_minute: random.integer(15, 30) }),
    ...(random.chance(0.5) && { share_calls: true }),
  }
}

type ChaosApp = (typeof APPS)[number]

async function changeApp(
  { history, amend }: ConfigurationOptions,
  { name, agentId }: ChaosApp,
  change: AppChange,
  body: Readonly<Record<string, unknown>>,
): Promise<void> {
  const inForce = change === "agent_wrong" ? WRONG_AGENT_ID : agentId
  history.add({ kind: "app_change", app: name, change, step: "asked", agentId: inForce })
  const status = await amend(`/v1/apps/${name}`, body)
  if (status !== 200) throw new Error(`a change of ${name} was answered ${status}`)
  history.add({ kind: "app_change", app: name, change, step: "done", agentId: inForce })
}

/** At WeCom: what the gateway has is wrong from now on, and every token that it has for the app is dead. */
async function resetSecret(
  { history, simulator }: ConfigurationOptions,
  { name, agentId }: ChaosApp,
  secret: string,
): Promise<void> {
  const { org } = simulator
  const apps = org.apps.map((one) => (one.agentid === agentId ? { ...one, secret } : one))
  history.add({ kind: "app_change", app: name, change: "secret_reset", step: "asked", agentId })
  await mustAnswer({ url: `${simulator.url}/_sim/org`, method: "PUT", body: { ...org, apps } })
  history.add({ kind: "app_change", app: name, change: "secret_reset", step: "done", agentId })
}
