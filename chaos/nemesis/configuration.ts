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
  /** Repeats the request until the gateway answers for good. @returns the status */
  readonly amend: (path: string, body: unknown) => Promise<number>
}

/**
 * Changes the configuration, as administrators do, while messages go out: one change after another. A wrong setting is
 * corrected seconds later, also at the end.
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
    // Not the first app: its secret and its agent id are in the environment, and each start sets them again.
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

/** Settings that may be changed while messages wait: less than WeCom allows, and the usual value again. */
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

/** Resets the secret at WeCom: the gateway's secret is wrong from now on, and every token that it has for the app is invalid. */
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
