import type { DatabaseSync, StatementSync } from "node:sqlite"
import type {
  AppChange,
  AppPause,
  AppRecord,
  AppSecrets,
  AppStore,
  LimitsDiffer,
  NewApp,
} from "../../model/ports/apps.ts"
import type { ExpectedVersion, Unchanged } from "../../model/ports/versions.ts"
import { idsAfter, differs, joining, pausedAnew, planChange } from "../app-changes.ts"
import { openSecrets, sealSecrets, toApp } from "../app-rows.ts"
import type { Ids } from "../app-changes.ts"
import type { SecretBox } from "../secret-box.ts"
import type { SqliteConversations } from "./conversations.ts"
import type { SqliteEvents } from "./events.ts"
import type { AfterCommit, GroupCommit } from "./group-commit.ts"

export class SqliteApps implements AppStore {
  readonly #commit: GroupCommit
  readonly #events: SqliteEvents
  readonly #box: SecretBox
  readonly #conversations: SqliteConversations
  readonly #all: StatementSync
  readonly #one: StatementSync
  readonly #ofParty: StatementSync
  readonly #put: StatementSync
  readonly #settings: StatementSync
  readonly #unfinished: StatementSync
  readonly #delete: StatementSync
  readonly #pause: StatementSync

  constructor(
    db: DatabaseSync,
    commit: GroupCommit,
    events: SqliteEvents,
    box: SecretBox,
    conversations: SqliteConversations,
  ) {
    this.#commit = commit
    this.#events = events
    this.#box = box
    this.#conversations = conversations
    this.#all = db.prepare("select * from apps order by name")
    this.#one = db.prepare("select * from apps where name = ?")
    this.#ofParty = db.prepare(
      "select * from apps where kind = ? and corp_id = ? and agent_id = ? and name <> ? order by name",
    )
    this.#put = db.prepare(`insert into apps (name, corp_id, agent_id, created_at, updated_at, settings, secrets, kind)
      values (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7) on conflict do update set kind = ?7,
      corp_id = ?2, agent_id = ?3, updated_at = ?4, settings = ?5, secrets = ?6, pause = null, version = version + 1`)
    this.#settings = db.prepare("update apps set settings = ?, updated_at = ?, version = version + 1 where name = ?")
    this.#unfinished = db.prepare(
      // Two conditions, so that SQLite uses the index of messages that are not sent.
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
      return row === undefined ? undefined : openSecrets(this.#box, row)
    })
  }

  /** This process has the file to itself. */
  allKnowChats(): Promise<boolean> {
    return Promise.resolve(true)
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
        const others = this.#otherNames(name, idsAfter(before, change))
        const plan = planChange(before, change, others, () => openSecrets(this.#box, row))
        if ("differsFrom" in plan) return plan
        for (const other of plan.others) this.#setSettings(other, at, after)
        const { app, secrets } = plan
        const made =
          secrets === undefined ? this.#setSettings(app, at, after) : this.#write({ ...app, secrets }, at, after)
        if (before.kind === "bot" && before.corpId !== made.corpId) this.#conversations.forget(before.corpId)
        return made
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
        if (app.kind === "bot") this.#conversations.forget(app.corpId)
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
        const { kept, isNew } = pausedAnew(before.pause, pause)
        this.#pause.run(JSON.stringify(kept), name)
        if (!isNew) return true
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

  /** Of a party; ordered by name. */
  #otherNames(name: string, { kind = "app", corpId, agentId }: Ids): readonly AppRecord[] {
    return this.#ofParty.all(kind, corpId, agentId, name).map(toApp)
  }

  #setSettings({ name, settings }: Pick<NewApp, "name" | "settings">, at: number, after: AfterCommit): AppRecord {
    this.#settings.run(JSON.stringify(settings), at, name)
    return this.#changed(name, at, after)
  }

  #read(name: string): AppRecord | undefined {
    const row = this.#one.get(name)
    return row === undefined ? undefined : toApp(row)
  }

  #write(
    { name, kind = "app", corpId, agentId, settings, secrets }: NewApp,
    at: number,
    after: AfterCommit,
  ): AppRecord {
    const sealed = sealSecrets(this.#box, name, secrets)
    this.#put.run(name, corpId, agentId, at, JSON.stringify(settings), sealed, kind)
    return this.#changed(name, at, after)
  }

  #changed(name: string, at: number, after: AfterCommit): AppRecord {
    this.#events.write({ at, type: "app.changed", app: name, messageId: undefined, data: {} }, after)
    return toApp(this.#one.get(name) ?? {})
  }
}
