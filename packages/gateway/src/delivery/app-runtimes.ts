import { createApi, lookupKeys } from "@wecom-push/sdk/internals"
import type { ApiHooks, TokenStore, Transport } from "@wecom-push/sdk"
import { namedKeys } from "@wecom-push/protocol/delivery"
import { appLimits, corpLimits } from "../domain/app-limits.ts"
import { MemberWindows } from "../limits/member-windows.ts"
import type { AppRecord, AppStore, CorpSettingsStore } from "../ports/apps.ts"
import type { Lookups } from "../ports/lookups.ts"
import type { MissBudget } from "../ports/misses.ts"
import type { MessageReader } from "../ports/reader.ts"
import { point } from "../store/point.ts"
import { AppGovernor } from "../limits/app-governor.ts"
import type { AppGovernorDeps } from "../limits/app-governor.ts"
import { DayQuota } from "../limits/day-quota.ts"
import type { PersonTimes } from "../ports/person-times.ts"
import type { AppRuntime } from "./app-runtime.ts"
import { CorpLookups } from "../limits/corp-lookups.ts"
import type { LookupSlots } from "../limits/lookup-slots.ts"
import { People } from "./people/people.ts"

export interface AppRuntimesDeps extends AppGovernorDeps {
  readonly apps: AppStore
  readonly baseUrl: string
  readonly transport: Transport
  readonly tokens: TokenStore
  readonly corps: CorpSettingsStore
  readonly reader: Pick<MessageReader, "sendsSince">
  readonly lookups: Lookups
  readonly personTimes: PersonTimes
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
  /** Windows outlive a change of the app's settings: what went out went out. */
  readonly #windows = new Map<string, MemberWindows>()
  #isReady = false

  constructor(deps: AppRuntimesDeps) {
    this.#deps = deps
  }

  /** Learns what went out before this process began: members' windows are not emptied by a restart. */
  async ready(): Promise<void> {
    if (this.#isReady) return
    const { apps, reader, clock } = this.#deps
    const all = (await apps.list()).map((app) => this.#windowsOf(app))
    if (!all.some(({ isLimited }) => isLimited)) return this.#becomeReady()
    await reader.sendsSince(clock.now() - HOUR_MS, ({ app, body, at }) => {
      const windows = this.#windows.get(app)
      if (windows?.isLimited !== true) return
      const send = { at: Math.min(clock.toSteady(at), clock.steady.now()) }
      for (const key of namedKeys(body)) windows.record(key, send)
    })
    this.#becomeReady()
  }

  #becomeReady(): void {
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
    const windows = this.#windowsOf(app)
    const { accountCap } = appLimits(app.settings)
    const quota = accountCap === null ? undefined : new DayQuota(this.#deps, name, accountCap)
    const governor = new AppGovernor(this.#deps, app, { clock, windows, quota })
    const people = new People({ api, clock, store: lookups, keys, corp, random, governor })
    await governor.recover()
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

  #windowsOf({ name, settings }: AppRecord): MemberWindows {
    const limits = appLimits(settings)
    const windows = this.#windows.get(name) ?? new MemberWindows(limits)
    windows.limit(limits)
    this.#windows.set(name, windows)
    return windows
  }
}

const HOUR_MS = 3_600_000

function withPoint(hooks: ApiHooks): ApiHooks {
  return {
    ...hooks,
    onAnswer(event) {
      if (event.api === "gettoken") point("token.after_reply")
      hooks.onAnswer?.(event)
    },
  }
}
