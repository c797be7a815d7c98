import type { Semaphore } from "../model/semaphore.ts"
import { UNREADABLE_SECRET } from "@wecom-push/protocol/delivery"
import { createApi, createKeyedApi, lookupKeys } from "@wecom-push/sdk/internals"
import type { PassingApi } from "@wecom-push/sdk/internals"
import type { ApiHooks, TokenStore, Transport } from "@wecom-push/sdk"
import type { Channels } from "../channels/channels.ts"
import type { JumpAwareClock } from "../model/jump-aware-clock.ts"
import type { AppPause, AppRecord, AppStore, CorpSettingsStore } from "../model/ports/apps.ts"
import type { Unreachable } from "../model/ports/dispatcher.ts"
import type { CallPace, Governors } from "../model/ports/governor.ts"
import type { LookupLimits } from "../model/app-limits.ts"
import type { Lookups } from "../model/ports/lookups.ts"
import type { NamedLocks } from "../model/ports/named-locks.ts"
import type { MissBudget } from "../model/ports/misses.ts"
import { point } from "../model/ports/point.ts"
import { ConnectionCheck } from "./connection-check.ts"
import { CallPaces } from "../limits/call-paces.ts"
import { CorpLookups } from "../limits/corp-lookups.ts"
import { LimitsOfCorp } from "../limits/limits-of-corp.ts"
import { Directory } from "../people/directory.ts"
import { People } from "../people/people.ts"
import type { WayToAsk } from "../people/people.ts"
import type { Ways } from "../channels/ways.ts"
import type { Governor } from "../model/ports/governor.ts"
import type { OperatorLog } from "../model/ports/log.ts"

/** One app while the gateway runs: its way to WeCom, and what keeps it inside WeCom's limits. */
export interface AppRuntime extends Ways {
  readonly app: AppRecord
  readonly governor: Governor
  readonly people: Pick<People, "recall" | "known" | "ask" | "find">
  /** The way to all requests to WeCom that are not messages or look-ups. */
  readonly api: PassingApi
  /** The pace of one path below `/cgi-bin/`. */
  readonly paceOf: (path: string) => CallPace
  readonly directory: Pick<Directory, "look" | "lookAtTag">
  /** Undefined where the channel has no such request. */
  readonly connection: Pick<ConnectionCheck, "ask"> | undefined
}

export interface AppRuntimesDeps {
  readonly governors: Governors
  readonly channels: Channels
  readonly clock: JumpAwareClock
  readonly random: () => number
  readonly apps: Pick<AppStore, "get" | "list" | "secrets" | "secretsOfKind">
  readonly baseUrl: string
  readonly transport: Transport
  readonly tokens: TokenStore
  readonly corps: CorpSettingsStore
  readonly lookups: Lookups
  readonly locks: NamedLocks
  readonly log: Pick<OperatorLog, "error">
  readonly misses: MissBudget
  /** Limits the look-ups of all corps together. */
  readonly lookupPlaces: Semaphore
  readonly hooks: ApiHooks
  readonly attemptTimeoutMs?: number
  readonly stopping: AbortSignal
}

/** The apps that have something to send, each made when it is first asked for. */
export class AppRuntimes {
  readonly #deps: AppRuntimesDeps
  readonly #runtimes = new Map<string, Promise<AppRuntime | undefined>>()
  /** The runtimes that are made already. */
  readonly #opened = new Map<string, AppRuntime>()
  readonly #paces: CallPaces
  /** The apps whose secret could not be read. */
  readonly #unreadable = new Map<string, Unreadable>()
  readonly #corps = new Map<string, { readonly lookups: CorpLookups; readonly limits: LimitsOfCorp }>()

  constructor(deps: AppRuntimesDeps) {
    this.#deps = deps
    this.#paces = new CallPaces(deps.governors)
  }

  /** @returns undefined for an app that is not registered, or whose secret cannot be read */
  get(name: string): Promise<AppRuntime | undefined> {
    const known = this.#runtimes.get(name)
    if (known !== undefined) return known
    const isCurrent = (): boolean => this.#runtimes.get(name) === made
    const made = this.#make(name, isCurrent)
    this.#runtimes.set(name, made)
    void this.#note(name, made, isCurrent)
    return made
  }

  async #note(name: string, made: Promise<AppRuntime | undefined>, isCurrent: () => boolean): Promise<void> {
    try {
      const runtime = await made
      if (runtime !== undefined && isCurrent()) this.#opened.set(name, runtime)
    } catch {
      // The callers that wait get the error.
      if (isCurrent()) this.#runtimes.delete(name)
    }
  }

  /** The runtime of an app that has had something to send since the start. */
  opened(name: string): AppRuntime | undefined {
    return this.#opened.get(name)
  }

  /**
   * The stored pause of the app; or the pause of an app whose secret this gateway could not read. After a change of the app
   * its secret is tried again.
   */
  pauseOf({ name, version, pause }: AppRecord): AppPause | undefined {
    const unreadable = this.#unreadable.get(name)
    return unreadable?.version === version ? unreadable.pause : pause
  }

  /** The pause of an app whose secret this gateway could not read. */
  unreadable(name: string): AppPause | undefined {
    return this.#unreadable.get(name)?.pause
  }

  /** The reply to a request by an app that has no runtime. */
  notAsked(name: string): Unreachable {
    const pause = this.unreadable(name)
    return { kind: "unreachable", ...(pause !== undefined && { errmsg: pause.errmsg }) }
  }

  /** After a change of the app: checks whether its secret still cannot be read, before anything is sent. */
  async lookAgain(name: string): Promise<void> {
    if (this.#unreadable.has(name)) await this.get(name)
  }

  /**
   * Finds the apps whose secrets cannot be read, including those that send nothing, and the apps whose secrets were repaired
   * in the database itself.
   */
  async lookAtSecrets(): Promise<void> {
    const { apps } = this.#deps
    const all = await apps.list()
    for (const [kind, ofKind] of Map.groupBy(all, (app) => app.kind)) {
      const readable = await apps.secretsOfKind(kind)
      for (const { name } of ofKind) {
        // An app at work keeps its secret until a restart.
        if (this.#opened.has(name) || (readable.has(name) && !this.#unreadable.has(name))) continue
        if (this.#unreadable.has(name)) this.forget(name)
        await this.get(name)
      }
    }
  }

  /** The app's secret or a setting has changed: the next use makes its runtime anew. Calls under way end as they began. */
  forget(name: string): void {
    this.#runtimes.delete(name)
    this.#opened.delete(name)
    this.#deps.governors.forget(name)
  }

  /** @param isCurrent false when the app was forgotten meanwhile, so that the data read for it is out of date */
  async #make(name: string, isCurrent: () => boolean): Promise<AppRuntime | undefined> {
    const { apps, transport, tokens, clock, baseUrl, hooks, lookups, locks, random, stopping } = this.#deps
    const app = await apps.get(name)
    // Read one after the other: a secret that is older than the app could be one that has been replaced.
    const secrets = app && (await apps.secrets(name))
    // Otherwise outdated limits, or a damaged secret that was replaced, would count as the present ones.
    if (!isCurrent()) return this.get(name)
    if (app === undefined || secrets !== undefined) this.#unreadable.delete(name)
    if (app === undefined) return undefined
    if (secrets === undefined) {
      this.#noteUnreadable(app)
      return undefined
    }
    const of = this.#deps.channels[app.kind]
    // A newer version may have registered the app.
    if (of === undefined) return undefined
    const { corpId, agentId } = app
    const { secret } = secrets
    const wire = {
      baseUrl,
      transport,
      clock: clock.steady,
      language: "en",
      hooks: withPoint(hooks),
      attemptTimeoutMs: this.#deps.attemptTimeoutMs,
    } as const
    const ofTokens = { tokenStore: tokens, storeTimeoutMs: STORE_TIMEOUT_MS, getsTokenOnce: true }
    const api = createApi({ ...wire, ...ofTokens, corpId, secret })
    const keys = lookupKeys({ baseUrl, corpId, agentId, secret })
    const corp = of.callKind.looksUp ? this.#corp(app, keys.pause) : undefined
    const governor = await this.#deps.governors.open(app)
    const { people: by } = app.settings
    const way = async (): Promise<WayToAsk | undefined> => {
      if (isCurrent()) return { api, governor }
      const now = await this.get(name)
      return now?.app.corpId === corpId && now.app.agentId === agentId ? now : undefined
    }
    const people =
      corp === undefined
        ? typeof by === "string"
          ? this.#peopleOf(by)
          : NO_PEOPLE
        : new People({ app: name, way, clock, store: lookups, keys, corp, locks, random, governor })
    const parts = { app, secrets, api, keyed: () => createKeyedApi({ ...wire, key: secret }) }
    const [channel, chats] = [of.open(parts), of.chats?.open(parts)]
    const check = channel.check?.bind(channel)
    const connection = check && new ConnectionCheck({ check, governor, clock, stopping })
    const directory = new Directory({ api, agentId, paceOf: (path) => paceOf(path), now: () => clock.now(), stopping })
    const paceOf = (path: string): CallPace => this.#paces.of(corpId, path, () => this.#limitsOf(corpId))
    return { app, channel, chats, governor, people, connection, api, paceOf, directory }
  }

  #noteUnreadable({ name, version }: AppRecord): void {
    const { clock, log } = this.#deps
    const before = this.#unreadable.get(name)
    if (before?.version !== version) log.error({ app: name }, UNREADABLE_SECRET)
    const now = clock.now()
    const pause = { errcode: 0, errmsg: UNREADABLE_SECRET, since: before?.pause.since ?? now }
    this.#unreadable.set(name, { version, pause: { ...pause, nextProbeAt: now + LOOK_AT_SECRETS_EVERY_MS } })
  }

  /** The people of an app that another app looks up, by that app as it is at each request. */
  #peopleOf(app: string): AppRuntime["people"] {
    const people = async (): Promise<AppRuntime["people"]> => {
      const runtime = await this.get(app)
      if (runtime !== undefined) return runtime.people
      const unreadable = this.#unreadable.get(app)
      return unreadable === undefined ? NO_PEOPLE : peopleAfter(unreadable.pause.nextProbeAt)
    }
    return {
      recall: async (types, addresses) => (await people()).recall(types, addresses),
      known: async (addresses, emailType) => (await people()).known(addresses, emailType),
      ask: async (addresses, options) => (await people()).ask(addresses, options),
      find: async (address, options) => (await people()).find(address, options),
    }
  }

  #limitsOf(corpId: string): Promise<LookupLimits> {
    const { corps, clock } = this.#deps
    return (this.#corps.get(corpId)?.limits ?? new LimitsOfCorp(corps, clock.steady, corpId)).get()
  }

  #corp({ corpId }: AppRecord, pauseKey: string): CorpLookups {
    const known = this.#corps.get(corpId)
    // The app may have been forgotten because the corp's limits have changed.
    known?.limits.forget()
    if (known !== undefined) return known.lookups
    const { corps, clock, governors } = this.#deps
    const limits = new LimitsOfCorp(corps, clock.steady, corpId)
    const permits = governors.lookupPermits(corpId, pauseKey, () => limits.get())
    const lookups = new CorpLookups(this.#deps, corpId, pauseKey, { permits, limits: () => limits.get() })
    this.#corps.set(corpId, { lookups, limits })
    return lookups
  }
}

interface Unreadable {
  /** The version of the app whose secret could not be read. */
  readonly version: number
  readonly pause: AppPause
}

export const LOOK_AT_SECRETS_EVERY_MS = 60_000

/**
 * For an app without look-ups, which refuses a message that names mobiles or emails when it comes. Messages that wait here
 * were accepted for an app that looked them up, and that was removed.
 */
const NO_PEOPLE: AppRuntime["people"] = {
  recall: (_, addresses) => Promise.resolve(addresses.map(() => undefined)),
  known: (addresses) => Promise.resolve(addresses.map(() => NOT_LOOKED_UP)),
  ask: (addresses) => Promise.resolve(addresses.map(() => NOT_LOOKED_UP)),
  find: () => Promise.resolve(NOT_LOOKED_UP),
}

/** For an app that waits for its secret: that is no fault of the people who are looked up by it. */
function peopleAfter(at: number): AppRuntime["people"] {
  const later = { kind: "later", at, why: "unreachable" } as const
  return {
    recall: NO_PEOPLE.recall,
    known: (addresses) => Promise.resolve(addresses.map(() => undefined)),
    ask: (addresses) => Promise.resolve(addresses.map(() => later)),
    find: () => Promise.resolve(later),
  }
}

const NOT_LOOKED_UP = { kind: "invalid", reason: "app_removed" } as const

/**
 * A call for the store fails if it takes longer than this. Without the store's answer the caller would ask WeCom for a token
 * that another gateway has, or is asking for.
 */
const STORE_TIMEOUT_MS = 15_000

function withPoint(hooks: ApiHooks): ApiHooks {
  return {
    ...hooks,
    onAnswer(event) {
      if (event.api === "gettoken") point("token.after_reply")
      hooks.onAnswer?.(event)
    },
  }
}
