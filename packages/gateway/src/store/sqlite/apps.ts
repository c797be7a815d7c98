import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { AppChange, AppPause, AppRecord, AppSecrets, AppStore, NewApp } from "../../ports/apps.ts"
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
    this.#put = db.prepare(`insert into apps (name, corp_id, agent_id, created_at, updated_at, settings, secrets)
      values (?1, ?2, ?3, ?4, ?4, ?5, ?6) on conflict do update set
      corp_id = ?2, agent_id = ?3, updated_at = ?4, settings = ?5, secrets = ?6, pause = null, version = version + 1`)
    this.#settings = db.prepare("update apps set settings = ?, updated_at = ?, version = version + 1 where name = ?")
    this.#unfinished = db.prepare("select 1 from messages where app = ? and state = 'open' limit 1")
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

  create(app: NewApp, at: number): Promise<AppRecord | undefined> {
    return this.#commit.submit({
      kind: "inside",
      work: (after) => (this.#one.get(app.name) === undefined ? this.#write(app, at, after) : undefined),
    })
  }

  put(app: NewApp, at: number): Promise<void> {
    return this.#commit.submit({
      kind: "inside",
      work: (after) => {
        this.#write(app, at, after)
      },
    })
  }

  change(name: string, change: AppChange, at: number, expected?: ExpectedVersion): Promise<AppRecord | Unchanged> {
    return this.#commit.submit({
      kind: "inside",
      work: (after) => {
        const row = this.#one.get(name)
        if (row === undefined) return "unknown"
        const before = toApp(row)
        if (expected?.(before) === false) return "stale"
        const { settings = before.settings, corpId = before.corpId, agentId = before.agentId, ...secrets } = change
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
