import type { DatabaseSync, StatementSync } from "node:sqlite"
import { isSameAgent } from "../../domain/agent.ts"
import type { Agent } from "../../domain/agent.ts"
import { differingLimits, withLimitsOf } from "../../domain/app-limits.ts"
import type {
  AppChange,
  AppPause,
  AppRecord,
  AppSecrets,
  AppStore,
  LimitsDiffer,
  NewApp,
  Settings,
} from "../../ports/apps.ts"
import type { ExpectedVersion, Unchanged } from "../../ports/versions.ts"
import type { SecretBox } from "../secret-box.ts"
import type { SqliteEvents } from "./events.ts"
import type { AfterCommit, GroupCommit } from "./group-commit.ts"
import { integer, optionalText, parseOwn, text } from "./row.ts"
import type { Row } from "./row.ts"

export class SqliteApps implements AppStore {
  readonly #commit: GroupCommit
  readonly #events: SqliteEvents
  readonly #box: SecretBox
  readonly #all: StatementSync
  readonly #one: StatementSync
  readonly #ofAgent: StatementSync
  readonly #put: StatementSync
  readonly #settings: StatementSync
  readonly #unfinished: StatementSync
  readonly #delete: StatementSync
  readonly #pause: StatementSync

  constructor(db: DatabaseSync, commit: GroupCommit, events: SqliteEvents, box: SecretBox) {
    this.#commit = commit
    this.#events = events
    this.#box = box
    this.#all = db.prepare("select * from apps order by name")
    this.#one = db.prepare("select * from apps where name = ?")
    this.#ofAgent = db.prepare("select * from apps where corp_id = ? and agent_id = ? and name <> ? order by name")
    this.#put = db.prepare(`insert into apps (name, corp_id, agent_id, created_at, updated_at, settings, secrets)
      values (?1, ?2, ?3, ?4, ?4, ?5, ?6) on conflict do update set
      corp_id = ?2, agent_id = ?3, updated_at = ?4, settings = ?5, secrets = ?6, pause = null, version = version + 1`)
    this.#settings = db.prepare("update apps set settings = ?, updated_at = ?, version = version + 1 where name = ?")
    this.#unfinished = db.prepare(
      // Two conditions, so that the index of those that are not sent is used.
      "select 1 from messages where app = ? and state = 'open' and state <> 'sent' limit 1",
    )
    this.#delete = db.prepare("delete from apps where name = ?")
    this.#pause = db.prepare("update apps set pause = ? where name = ?")
  }

  list(): Promise<readonly AppRecord[]> {
    return Promise.try(() => this.#all.all().map(toApp))
  }

  get(name: string): Promise<AppRecord | undefined> {
    return Promise.try(() => this.#read(name))
  }

  secrets(name: string): Promise<AppSecrets | undefined> {
    return Promise.try(() => {
      const row = this.#one.get(name)
      return row === undefined ? undefined : this.#secretsIn(row)
    })
  }

  create(app: NewApp, at: number): Promise<AppRecord | LimitsDiffer | undefined> {
    return this.#commit.submit({
      kind: "inside",
      work: (after) => {
        if (this.#one.get(app.name) !== undefined) return undefined
        const [other] = this.#otherNames(app.name, app)
        return differs(app.settings, other) ?? this.#write(joining(other, app), at, after)
      },
    })
  }

  put(app: NewApp, at: number): Promise<void> {
    return this.#commit.submit({
      kind: "inside",
      work: (after) => {
        const [other] = this.#otherNames(app.name, app)
        this.#write(joining(other, app), at, after)
      },
    })
  }

  change(
    name: string,
    change: AppChange,
    at: number,
    expected?: ExpectedVersion,
  ): Promise<AppRecord | LimitsDiffer | Unchanged> {
    return this.#commit.submit({
      kind: "inside",
      work: (after) => {
        const row = this.#one.get(name)
        if (row === undefined) return "unknown"
        const before = toApp(row)
        if (expected?.(before) === false) return "stale"
        const { settings = before.settings, corpId = before.corpId, agentId = before.agentId, ...secrets } = change
        const others = this.#otherNames(name, { corpId, agentId })
        if (!isSameAgent(before, { corpId, agentId })) {
          const refusal = differs(change.settings ?? {}, others[0])
          if (refusal !== undefined) return refusal
          const secretsNow = changedSecrets(this.#secretsIn(row), secrets)
          return this.#write(joining(others[0], { name, corpId, agentId, settings, secrets: secretsNow }), at, after)
        }
        this.#setLimits(others, settings, at, after)
        const isOfSettingsOnly = Object.keys(change).every((field) => field === "settings")
        if (!isOfSettingsOnly) {
          const changed = changedSecrets(this.#secretsIn(row), secrets)
          return this.#write({ name, corpId, agentId, settings, secrets: changed }, at, after)
        }
        this.#settings.run(JSON.stringify(settings), at, name)
        return this.#changed(name, at, after)
      },
    })
  }

  remove(name: string, at: number, expected?: ExpectedVersion): Promise<"removed" | "has_unfinished" | Unchanged> {
    return this.#commit.submit({
      kind: "inside",
      work: (after) => {
        const app = this.#read(name)
        if (app === undefined) return "unknown"
        if (expected?.(app) === false) return "stale"
        if (this.#unfinished.get(name) !== undefined) return "has_unfinished"
        this.#delete.run(name)
        this.#events.write({ at, type: "app.changed", app: name, messageId: undefined, data: {} }, after)
        return "removed"
      },
    })
  }

  pause(name: string, pause: AppPause, version: number): Promise<boolean> {
    return this.#commit.submit({
      kind: "inside",
      work: (after) => {
        const before = this.#read(name)
        if (before?.version !== version) return false
        const isSame = before.pause?.errcode === pause.errcode
        const kept = isSame ? { ...pause, since: before.pause.since } : pause
        this.#pause.run(JSON.stringify(kept), name)
        if (isSame) return true
        const { errcode, errmsg } = pause
        const data = { errcode, errmsg }
        this.#events.write({ at: pause.since, type: "app.paused", app: name, messageId: undefined, data }, after)
        return true
      },
    })
  }

  resume(name: string, at: number, version: number): Promise<boolean> {
    return this.#commit.submit({
      kind: "inside",
      work: (after) => {
        const before = this.#read(name)
        if (before?.pause === undefined || before.version !== version) return false
        this.#pause.run(null, name)
        const data = { errcode: before.pause.errcode }
        this.#events.write({ at, type: "app.resumed", app: name, messageId: undefined, data }, after)
        return true
      },
    })
  }

  /** Of an agent; by name. */
  #otherNames(name: string, { corpId, agentId }: Agent): readonly AppRecord[] {
    return this.#ofAgent.all(corpId, agentId, name).map(toApp)
  }

  #setLimits(apps: readonly AppRecord[], limits: Settings, at: number, after: AfterCommit): void {
    for (const { name, settings } of apps) {
      if (differingLimits(settings, limits).length === 0) continue
      this.#settings.run(JSON.stringify(withLimitsOf(limits, settings)), at, name)
      this.#changed(name, at, after)
    }
  }

  #read(name: string): AppRecord | undefined {
    const row = this.#one.get(name)
    return row === undefined ? undefined : toApp(row)
  }

  #secretsIn(row: Row): AppSecrets {
    return parseOwn<AppSecrets>(this.#box.open(text(row, "secrets"), place(text(row, "name"))))
  }

  #write({ name, corpId, agentId, settings, secrets }: NewApp, at: number, after: AfterCommit): AppRecord {
    const sealed = this.#box.seal(JSON.stringify(secrets), place(name))
    this.#put.run(name, corpId, agentId, at, JSON.stringify(settings), sealed)
    return this.#changed(name, at, after)
  }

  #changed(name: string, at: number, after: AfterCommit): AppRecord {
    this.#events.write({ at, type: "app.changed", app: name, messageId: undefined, data: {} }, after)
    return toApp(this.#one.get(name) ?? {})
  }
}

/** An app as it becomes one of its agent's names. */
function joining(other: AppRecord | undefined, app: NewApp): NewApp {
  return other === undefined ? app : { ...app, settings: withLimitsOf(other.settings, app.settings) }
}

/** @param given a limit that is not in it may be any */
function differs(given: Settings, other: AppRecord | undefined): LimitsDiffer | undefined {
  if (other === undefined) return undefined
  const { name, settings } = other
  const differing = differingLimits({ ...settings, ...given }, settings)
  if (differing.length === 0) return undefined
  return { differsFrom: name, limits: differing.map((setting) => ({ setting, value: settings[setting] })) }
}

function changedSecrets(
  before: AppSecrets,
  { secret = before.secret, callbackToken = before.callbackToken, encodingAesKey = before.encodingAesKey }: AppChange,
): AppSecrets {
  return {
    secret,
    ...(typeof callbackToken === "string" ? { callbackToken } : {}),
    ...(typeof encodingAesKey === "string" ? { encodingAesKey } : {}),
  }
}

/** What an app's secrets are sealed for. */
export function place(appName: string): string {
  return `app ${appName}`
}

function toApp(row: Row): AppRecord {
  const pause = optionalText(row, "pause")
  return {
    name: text(row, "name"),
    corpId: text(row, "corp_id"),
    agentId: integer(row, "agent_id"),
    createdAt: integer(row, "created_at"),
    updatedAt: integer(row, "updated_at"),
    settings: parseOwn(text(row, "settings")),
    pause: pause === undefined ? undefined : parseOwn(pause),
    version: integer(row, "version"),
  }
}
