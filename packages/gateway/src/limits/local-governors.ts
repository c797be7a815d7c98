import { agentKey, isSameAgent } from "../domain/agent.ts"
import type { Agent } from "../domain/agent.ts"
import { appLimits } from "../domain/app-limits.ts"
import type { AppRecord, AppStore, Settings } from "../ports/apps.ts"
import type { Governor, Governors } from "../ports/governor.ts"
import { AgentLimits } from "./agent-limits.ts"
import type { AgentLimitsDeps } from "./agent-limits.ts"
import { AppGovernor } from "./app-governor.ts"
import type { AppGovernorDeps } from "./app-governor.ts"
import type { MemberWindows } from "./member-windows.ts"
import { WindowRecovery } from "./window-recovery.ts"
import type { WindowRecoveryDeps } from "./window-recovery.ts"

export interface LocalGovernorsDeps
  extends Omit<AppGovernorDeps, "onAgentOpened">, AgentLimitsDeps, WindowRecoveryDeps {
  readonly apps: Pick<AppStore, "list" | "pause" | "resume">
}

/** The governors of one process that has WeCom for itself. */
export class LocalGovernors implements Governors {
  readonly #deps: LocalGovernorsDeps
  readonly #opened = new Map<string, { readonly app: AppRecord; readonly governor: AppGovernor }>()
  /** They outlive apps, and changes of them: what went out went out. */
  readonly #limits = new Map<string, AgentLimits>()
  readonly #recovery: WindowRecovery
  #isReady = false

  constructor(deps: LocalGovernorsDeps) {
    this.#deps = deps
    // One that no app is of may get a name again within the hour.
    const windowsOf = (agent: Agent): MemberWindows =>
      (this.#limits.get(agentKey(agent)) ?? this.#limitsOf(agent, {})).windows
    this.#recovery = new WindowRecovery(deps, windowsOf)
  }

  async ready(): Promise<void> {
    if (this.#isReady) return
    const all = (await this.#deps.apps.list()).map((app) => this.#limitsOf(app, app.settings).windows)
    if (all.length === 0 || all.some(({ isLimited }) => isLimited)) await this.#recovery.begin()
    this.#isReady = true
  }

  async open(app: AppRecord): Promise<Governor> {
    const limits = this.#limitsOf(app, app.settings)
    await limits.recover()
    const governor = new AppGovernor({ ...this.#deps, onAgentOpened: this.#agentOpened }, app, limits)
    this.#opened.set(app.name, { app, governor })
    return governor
  }

  forget(app: string): void {
    this.#opened.delete(app)
  }

  clockJumped(byMs: number): void {
    for (const { governor } of this.#opened.values()) governor.clockJumped(byMs)
    for (const limits of this.#limits.values()) limits.clockJumped(byMs)
  }

  #limitsOf(agent: Agent, settings: Settings): AgentLimits {
    const key = agentKey(agent)
    const wanted = appLimits(settings)
    const known = this.#limits.get(key)
    known?.limit(wanted)
    if (known !== undefined) return known
    const limits = new AgentLimits(this.#deps, agent, wanted)
    this.#limits.set(key, limits)
    this.#recovery.joined(agent, limits.windows)
    return limits
  }

  readonly #agentOpened = (agent: Agent): void => {
    for (const { app } of this.#opened.values()) if (isSameAgent(app, agent)) this.#deps.onOpened(app.name)
  }
}
