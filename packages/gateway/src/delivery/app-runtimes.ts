import { createApi, lookupKeys } from "@wecom-push/sdk/internals"
import type { ApiHooks, TokenStore, Transport } from "@wecom-push/sdk"
import { agentKey, isSameAgent } from "../domain/agent.ts"
import type { Agent } from "../domain/agent.ts"
import { appLimits, corpLimits } from "../domain/app-limits.ts"
import { AgentLimits } from "../limits/agent-limits.ts"
import type { AgentLimitsDeps } from "../limits/agent-limits.ts"
import type { AppRecord, AppStore, CorpSettingsStore, Settings } from "../ports/apps.ts"
import type { MemberWindows } from "../limits/member-windows.ts"
import type { Lookups } from "../ports/lookups.ts"
import type { MissBudget } from "../ports/misses.ts"
import { point } from "../store/point.ts"
import { AppGovernor } from "../limits/app-governor.ts"
import type { AppGovernorDeps } from "../limits/app-governor.ts"
import type { AppRuntime } from "./app-runtime.ts"
import { CorpLookups } from "../limits/corp-lookups.ts"
import type { LookupSlots } from "../limits/lookup-slots.ts"
import { People } from "./people/people.ts"
import { WindowRecovery } from "./window-recovery.ts"
import type { WindowRecoveryDeps } from "./window-recovery.ts"

export interface AppRuntimesDeps extends Omit<AppGovernorDeps, "onAgentOpened">, AgentLimitsDeps, WindowRecoveryDeps {
  readonly apps: AppStore
  readonly baseUrl: string
  readonly transport: Transport
  readonly tokens: TokenStore
  readonly corps: CorpSettingsStore
  readonly lookups: Lookups
  readonly misses: MissBudget
  /** Of all corps. */
  readonly lookupSlots: LookupSlots
  readonly hooks: ApiHooks
  readonly attemptTimeoutMs?: number
}

/** The apps that have something to send, each made when it is first asked for. */
export class AppRuntimes {
  readonly #deps: AppRuntimesDeps
  readonly #runtimes = new Map<string, Promise<AppRuntime | undefined>>()
  /** Those of them that are made. */
  readonly #opened = new Map<string, AppRuntime>()
  readonly #corps = new Map<string, CorpLookups>()
  /** They outlive apps, and changes of them: what went out went out. */
  readonly #limits = new Map<string, AgentLimits>()
  readonly #recovery: WindowRecovery
  #isReady = false

  constructor(deps: AppRuntimesDeps) {
    this.#deps = deps
    // One that no app is of may get a name again within the hour.
    const windowsOf = (agent: Agent): MemberWindows =>
      (this.#limits.get(agentKey(agent)) ?? this.#limitsOf(agent, {})).windows
    this.#recovery = new WindowRecovery(deps, windowsOf)
  }

  /** Learns what went out before this process began. */
  async ready(): Promise<void> {
    if (this.#isReady) return
    const all = (await this.#deps.apps.list()).map((app) => this.#limitsOf(app, app.settings).windows)
    if (all.length === 0 || all.some(({ isLimited }) => isLimited)) await this.#recovery.begin()
    this.#isReady = true
  }

  /** @returns undefined for an app that is not registered, or whose secret cannot be read */
  get(name: string): Promise<AppRuntime | undefined> {
    let runtime = this.#runtimes.get(name)
    if (runtime === undefined) {
      runtime = this.#make(name)
      this.#runtimes.set(name, runtime)
      runtime.catch(() => this.#runtimes.delete(name))
    }
    return runtime
  }

  /** The wall clock was set: what closes an app keeps its length. */
  clockJumped(byMs: number): void {
    for (const { governor } of this.#opened.values()) governor.clockJumped(byMs)
    for (const limits of this.#limits.values()) limits.clockJumped(byMs)
  }

  /** The runtime of an app that has had something to send since the start. */
  opened(name: string): AppRuntime | undefined {
    return this.#opened.get(name)
  }

  /** Its secret or a setting is another one: a new chance. Calls under way end as they began. */
  forget(name: string): void {
    this.#runtimes.delete(name)
    this.#opened.delete(name)
  }

  async #make(name: string): Promise<AppRuntime | undefined> {
    const { apps, transport, tokens, clock, baseUrl, hooks, lookups, random } = this.#deps
    const [app, secrets] = await Promise.all([apps.get(name), apps.secrets(name)])
    if (app === undefined || secrets === undefined) return undefined
    const { corpId, agentId } = app
    const api = createApi({
      baseUrl,
      corpId,
      secret: secrets.secret,
      transport,
      tokenStore: tokens,
      clock: clock.steady,
      language: "en",
      hooks: withPoint(hooks),
      attemptTimeoutMs: this.#deps.attemptTimeoutMs,
      getsTokenOnce: true,
    })
    const keys = lookupKeys({ baseUrl, corpId, agentId, secret: secrets.secret })
    const corp = await this.#corp(app, keys.pause)
    const limits = this.#limitsOf(app, app.settings)
    await limits.recover()
    const governor = new AppGovernor({ ...this.#deps, onAgentOpened: this.#agentOpened }, app, limits)
    const people = new People({ api, clock, store: lookups, keys, corp, random, governor })
    const runtime = { app, api, governor, people }
    this.#opened.set(name, runtime)
    return runtime
  }

  async #corp({ corpId }: AppRecord, pauseKey: string): Promise<CorpLookups> {
    const limits = corpLimits(await this.#deps.corps.get(corpId))
    let corp = this.#corps.get(corpId)
    if (corp === undefined) this.#corps.set(corpId, (corp = new CorpLookups(this.#deps, corpId, pauseKey, limits)))
    return corp
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

function withPoint(hooks: ApiHooks): ApiHooks {
  return {
    ...hooks,
    onAnswer(event) {
      if (event.api === "gettoken") point("token.after_reply")
      hooks.onAnswer?.(event)
    },
  }
}
