import type { Bilingual, MobileCheck } from "@wecom-push/protocol"
import type { CallKind } from "@wecom-push/protocol/delivery"
import { Problem } from "../problems/problem.ts"
import type { ProblemError } from "../problems/problem.ts"
import type { AppRecord, AppStore } from "../model/ports/apps.ts"
import type { EventLog, EventType } from "../model/ports/events.ts"
import type { KeyRecord } from "../model/ports/keys.ts"
import type { KindsOfApps } from "./prepare.ts"

/** The call kind of each kind of app, as in `CHANNELS`. */
type CallKinds = Readonly<Record<string, { readonly callKind: CallKind }>>

interface Known {
  /** Sorted by name. */
  readonly apps: readonly AppRecord[]
  readonly names: ReadonlySet<string>
  /** The kind of each app, by the app's name. */
  readonly kinds: ReadonlyMap<string, string>
  /** The call kinds of the apps that do not belong to a corp, by the app's name; undefined if there are none. */
  readonly others: Readonly<Record<string, string>> | undefined
  /** For each app: the app that looks up people for it. */
  readonly people: ReadonlyMap<string, string>
}

type AppHolder = Pick<KeyRecord, "apps">

/** The registered apps by name, in memory, because every request asks. */
export class AppDirectory implements Disposable {
  readonly #apps: AppStore
  readonly #callKinds: CallKinds
  readonly #unsubscribe: () => void
  #known: Known | undefined
  #changes = 0

  /** @param callKinds by the kind of app */
  constructor(apps: AppStore, events: Pick<EventLog, "subscribe">, callKinds: CallKinds) {
    this.#apps = apps
    this.#callKinds = callKinds
    this.#unsubscribe = events.subscribe(({ type }) => {
      if (CHANGES.has(type)) this.forget()
    })
  }

  /** Synchronous while the names are in memory. */
  names(): ReadonlySet<string> | Promise<ReadonlySet<string>> {
    return this.#known?.names ?? this.#namesRead()
  }

  async #namesRead(): Promise<ReadonlySet<string>> {
    return (await this.#read()).names
  }

  /**
   * The abilities of the app's channel; undefined for an app that is not registered, or of a kind that this version does not
   * know. Synchronous while the apps are in memory.
   */
  callKind(name: string): CallKind | undefined | Promise<CallKind | undefined> {
    return this.#known === undefined ? this.#callKindRead(name) : this.#callKindIn(this.#known, name)
  }

  /** Whether mobiles and emails are looked up for an app: by itself, or by the one that its setting `people` names. */
  async looksUp(name: string): Promise<boolean> {
    const known = this.#known ?? (await this.#read())
    return this.#callKindIn(known, known.people.get(name) ?? name)?.looksUp === true
  }

  /** Facts that `prepareMessage` needs. Synchronous while the apps are in memory. */
  kindsFor(holder: AppHolder): KindsOfApps | undefined | Promise<KindsOfApps | undefined> {
    return this.#known === undefined ? this.#kindsRead(holder) : kindsIn(this.#known, holder)
  }

  async #kindsRead(holder: AppHolder): Promise<KindsOfApps | undefined> {
    return kindsIn(await this.#read(), holder)
  }

  async #callKindRead(name: string): Promise<CallKind | undefined> {
    return this.#callKindIn(await this.#read(), name)
  }

  #callKindIn({ kinds }: Known, name: string): CallKind | undefined {
    const kind = kinds.get(name)
    return kind === undefined ? undefined : this.#callKinds[kind]?.callKind
  }

  /** @throws {Problem} when the holder holds no app of this name */
  async heldApp(holder: AppHolder, name: string, asked?: AskedApp): Promise<string> {
    return heldApp(holder, name, await this.names(), asked)
  }

  /** The answer to a holder about an app that does not exist, or that it does not hold. */
  async unknown(holder: AppHolder, asked?: AskedApp): Promise<Problem> {
    return unknownApp(heldBy(holder, await this.names()), asked)
  }

  /**
   * How the app wants numbers checked. Read from the store each time: only the few requests with a number that breaks the
   * rules need it.
   */
  async mobileCheck(name: string): Promise<MobileCheck> {
    const app = await this.#apps.get(name)
    return app?.settings["mobile_check"] === "length" ? "length" : "strict"
  }

  /**
   * The apps for which a condition is true, sorted by name. Paused apps are read again, because the time at which one may be
   * tried again changes without an event.
   */
  async records(isWanted: (app: AppRecord) => boolean): Promise<readonly AppRecord[]> {
    const { apps } = this.#known ?? (await this.#read())
    const wanted = apps.filter(isWanted)
    if (wanted.every(({ pause }) => pause === undefined)) return wanted
    const now = await Promise.all(wanted.map(async (app) => (app.pause === undefined ? app : this.#apps.get(app.name))))
    return now.filter((app) => app !== undefined).filter(isWanted)
  }

  /** Whether every gateway of the database can send to group chats. */
  allKnowChats(): Promise<boolean> {
    return this.#apps.allKnowChats()
  }

  /** Forgets the apps at once, without waiting for the event of the change. */
  forget(): void {
    this.#known = undefined
    this.#changes++
  }

  async #read(): Promise<Known> {
    const changes = this.#changes
    const apps = await this.#apps.list()
    const kinds = new Map(apps.map(({ name, kind }) => [name, kind]))
    const people = new Map(
      apps.flatMap(({ name, settings: { people: by } }) => (typeof by === "string" ? [[name, by]] : [])),
    )
    const known = { apps, names: new Set(kinds.keys()), kinds, others: this.#othersIn(kinds), people }
    // This reading may miss a change that came meanwhile: the callers that wait get it, but the next caller reads again.
    if (changes === this.#changes) this.#known = known
    return known
  }

  #othersIn(kinds: ReadonlyMap<string, string>): Known["others"] {
    const others = [...kinds].flatMap(([name, kind]) => {
      const callKind = kind === "app" ? undefined : this.#callKinds[kind]?.callKind
      return callKind === undefined ? [] : [[name, callKind.name] as const]
    })
    return others.length === 0 ? undefined : Object.fromEntries(others)
  }

  [Symbol.dispose](): void {
    this.#unsubscribe()
  }
}

const CHANGES: ReadonlySet<EventType> = new Set(["app.changed", "app.paused", "app.resumed"])

/** Where a request names its app, and its other faults. */
export interface AskedApp {
  /** As in `ProblemError`; `/app` unless given. */
  readonly path?: string | undefined
  /** Answered beside the fault of the app. */
  readonly beside?: readonly ProblemError[]
}

/**
 * The app that is meant, named or not.
 * @param names of all registered apps
 * @throws {Problem} with the names of the apps that are held, when it is none of them, or may be several
 */
export function heldApp(
  holder: AppHolder,
  name: string | undefined,
  names: ReadonlySet<string>,
  asked?: AskedApp,
): string {
  const held = heldBy(holder, names)
  if (name !== undefined) {
    if (held.has(name)) return name
    throw unknownApp(held, asked)
  }
  const [only] = held
  if (only === undefined || held.size > 1) throw appMissing(held, asked)
  return only
}

function kindsIn({ names, others }: Known, holder: AppHolder): KindsOfApps | undefined {
  if (others === undefined) return undefined
  const held = heldBy(holder, names)
  const [only] = held
  return { byApp: others, only: held.size === 1 ? only : undefined }
}

function heldBy({ apps }: AppHolder, names: ReadonlySet<string>): ReadonlySet<string> {
  return apps === "all" ? names : new Set(apps).intersection(names)
}

/** Also for one that exists, but not for this key. */
function unknownApp(held: ReadonlySet<string>, { path = "/app", beside = [] }: AskedApp = {}): Problem {
  const detail = {
    en: `The key holds no app of this name; ${listed(held).en}.`,
    zh: `密钥不包含此名称的应用；${listed(held).zh}。`,
  }
  return new Problem("not_found", { errors: [{ path, code: "unknown_app", detail }, ...beside] })
}

function appMissing(held: ReadonlySet<string>, { path = "/app", beside = [] }: AskedApp = {}): Problem {
  const detail =
    held.size === 0
      ? {
          en: "The key holds no app yet; register one with POST /v1/apps.",
          zh: "密钥还没有可用的应用，请先用 POST /v1/apps 登记。",
        }
      : {
          en: `No app is named, and the key holds several; name one: ${listed(held).en}.`,
          zh: `没有指明应用：密钥包含多个应用，请指明其一。${listed(held).zh}。`,
        }
  return new Problem("invalid_value", { errors: [{ path, code: "required", detail }, ...beside] })
}

function listed(held: ReadonlySet<string>): Bilingual {
  if (held.size === 0) return { en: "it holds none yet", zh: "目前没有任何应用" }
  const some = [...held].toSorted().slice(0, MOST_LISTED)
  const more = held.size - some.length
  return {
    en: `it holds ${some.join(", ")}${more === 0 ? "" : ` and ${more} more`}`,
    zh: `可用的有：${some.join("、")}${more === 0 ? "" : ` 等 ${held.size} 个`}`,
  }
}

const MOST_LISTED = 20
