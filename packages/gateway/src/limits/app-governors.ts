import { agentKey, isSameAgent } from "../domain/agent.ts"
import type { Agent } from "../domain/agent.ts"
import { appLimits } from "../domain/app-limits.ts"
import type { AppLimits } from "../domain/app-limits.ts"
import type { AppRecord, Settings } from "../ports/apps.ts"
import type { Governor } from "../ports/governor.ts"
import type { AgentLimits } from "./agent-limits.ts"
import { AppGovernor } from "./app-governor.ts"
import type { AppGovernorDeps } from "./app-governor.ts"

export interface AppGovernorsDeps extends Omit<AppGovernorDeps, "onAgentOpened"> {
  readonly createLimits: (agent: Agent, limits: AppLimits) => AgentLimits
}

/** The governors of all apps in this process, over the limits of their agents. */
export class AppGovernors {
  readonly #deps: AppGovernorsDeps
  readonly #opened = new Map<string, { readonly app: AppRecord; readonly governor: AppGovernor }>()
  /** They outlive apps, and changes of them: what went out went out. */
  readonly #limits = new Map<string, AgentLimits>()

  constructor(deps: AppGovernorsDeps) {
    this.#deps = deps
  }

  async open(app: AppRecord): Promise<Governor> {
    const limits = this.limitsOf(app, app.settings)
    await limits.recover()
    const governor = new AppGovernor({ ...this.#deps, onAgentOpened: this.agentOpened }, app, limits)
    this.#opened.set(app.name, { app, governor })
    return governor
  }

  forget(app: string): void {
    this.#opened.delete(app)
  }

  /** Of an app that is not opened the agent is not known: it may be any. */
  finished(app: string, message: string): void {
    const opened = this.#opened.get(app)
    const of = opened === undefined ? this.#limits.values() : [this.known(opened.app)]
    for (const limits of of) limits?.windows.finished(message)
  }

  clockJumped(byMs: number): void {
    for (const { governor } of this.#opened.values()) governor.clockJumped(byMs)
    for (const limits of this.#limits.values()) limits.clockJumped(byMs)
  }

  /** Undefined for an agent that nothing is known of. */
  known(agent: Agent): AgentLimits | undefined {
    return this.#limits.get(agentKey(agent))
  }

  limitsOf(agent: Agent, settings: Settings): AgentLimits {
    const wanted = appLimits(settings)
    const known = this.known(agent)
    known?.limit(wanted)
    if (known !== undefined) return known
    const limits = this.#deps.createLimits(agent, wanted)
    this.#limits.set(agentKey(agent), limits)
    return limits
  }

  readonly agentOpened = (agent: Agent): void => {
    for (const { app } of this.#opened.values()) if (isSameAgent(app, agent)) this.#deps.onOpened(app.name)
  }
}
