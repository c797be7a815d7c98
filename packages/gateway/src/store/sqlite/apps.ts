import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { AppPause, AppRecord, AppSecrets, AppStore, NewApp, Settings } from "../../core/ports/apps.ts"
import type { SecretBox } from "../secret-box.ts"
import type { SqliteEvents } from "./events.ts"
import type { GroupCommit } from "./group-commit.ts"
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
      corp_id = ?2, agent_id = ?3, updated_at = ?4, settings = ?5, secrets = ?6, pause = null`)
    this.#settings = db.prepare("update apps set settings = ?, updated_at = ? where name = ?")
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
      return row === undefined ? undefined : parseOwn<AppSecrets>(this.#box.open(text(row, "secrets"), place(name)))
    })
  }

  put(app: NewApp, at: number): Promise<void> {
    const { name, corpId, agentId, settings, secrets } = app
    const sealed = this.#box.seal(JSON.stringify(secrets), place(name))
    return this.#commit.submit({
      kind: "inside",
      work: (after) => {
        this.#put.run(name, corpId, agentId, at, JSON.stringify(settings), sealed)
        this.#events.write({ at, type: "app.changed", app: name, messageId: undefined, data: {} }, after)
      },
    })
  }

  changeSettings(name: string, settings: Settings, at: number): Promise<boolean> {
    return this.#commit.submit({
      kind: "inside",
      work: (after) => {
        if (this.#settings.run(JSON.stringify(settings), at, name).changes === 0) return false
        this.#events.write({ at, type: "app.changed", app: name, messageId: undefined, data: {} }, after)
        return true
      },
    })
  }

  remove(name: string): Promise<"removed" | "unknown" | "has_unfinished"> {
    return this.#commit.submit({
      kind: "inside",
      work: () => {
        if (this.#unfinished.get(name) !== undefined) return "has_unfinished"
        return this.#delete.run(name).changes === 1 ? "removed" : "unknown"
      },
    })
  }

  pause(name: string, pause: AppPause): Promise<void> {
    return this.#commit.submit({
      kind: "inside",
      work: (after) => {
        const before = this.#read(name)
        if (before === undefined) return
        const isSame = before.pause?.errcode === pause.errcode
        const kept = isSame ? { ...pause, since: before.pause.since } : pause
        this.#pause.run(JSON.stringify(kept), name)
        if (isSame) return
        const { errcode, errmsg } = pause
        const data = { errcode, errmsg }
        this.#events.write({ at: pause.since, type: "app.paused", app: name, messageId: undefined, data }, after)
      },
    })
  }

  resume(name: string, at: number): Promise<boolean> {
    return this.#commit.submit({
      kind: "inside",
      work: (after) => {
        const before = this.#read(name)
        if (before?.pause === undefined) return false
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
  }
}
