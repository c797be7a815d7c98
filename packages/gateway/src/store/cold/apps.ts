import type {
  AppChange,
  AppPause,
  AppRecord,
  AppSecrets,
  AppStore,
  LimitsDiffer,
  NewApp,
  OlderGateways,
} from "../../model/ports/apps.ts"
import { StorageError } from "../../model/storage-error.ts"
import type { NewEvent } from "../../model/ports/events.ts"
import type { ExpectedVersion, Unchanged } from "../../model/ports/versions.ts"
import { differs, idsAfter, joining, pausedAnew, planChange } from "./app-changes.ts"
import type { Ids } from "./app-changes.ts"
import { openSecrets, sealSecrets, toApp } from "./app-rows.ts"
import { text } from "../row.ts"
import type { Row } from "../row.ts"
import type { SecretBox } from "../secret-box.ts"
import { forgetConversations } from "./conversations.ts"
import { lock, lockBesideAccepts, onlyRow, query, report } from "./work.ts"
import type { ColdDatabase, Work } from "./work.ts"

/** Handles kinds that gateways of an older version on the same database do not know yet. */
export interface BesideOlder {
  allKnowChats(): Promise<boolean>
  /** Called within a change. @returns whether an app of this kind may be added */
  mayAdd(kind: string): Work<boolean>
  /** Called within the same change: from now on no gateway starts that does not know the kind. */
  added(kind: string): Work<void>
}

/**
 * Changes come one after another on all nodes: they are few, and the agents that a change concerns are known only when the
 * app has been read, too late to lock them in one order.
 */
export class Apps implements AppStore {
  readonly #db: ColdDatabase
  readonly #box: SecretBox
  readonly #besideOlder: BesideOlder | undefined

  /** @param besideOlder undefined where one gateway uses the database alone */
  constructor(db: ColdDatabase, box: SecretBox, besideOlder?: BesideOlder) {
    this.#db = db
    this.#box = box
    this.#besideOlder = besideOlder
  }

  async list(): Promise<readonly AppRecord[]> {
    const rows = await this.#db.read(() => query`select * from wecom_push.apps order by name`)
    return rows.map(toApp)
  }

  async get(name: string): Promise<AppRecord | undefined> {
    const row = await this.#db.read(() => find(name))
    return row === undefined ? undefined : toApp(row)
  }

  async secrets(name: string): Promise<AppSecrets | undefined> {
    const row = await this.#db.read(() => find(name))
    return row === undefined ? undefined : openSecrets(this.#box, row)
  }

  async secretsOfKind(kind: string): Promise<ReadonlyMap<string, AppSecrets>> {
    const rows = await this.#db.read(() => query`select name, secrets from wecom_push.apps where kind = ${kind}`)
    const found = new Map<string, AppSecrets>()
    for (const row of rows) {
      const secrets = openSecrets(this.#box, row)
      if (secrets !== undefined) found.set(text(row, "name"), secrets)
    }
    return found
  }

  allKnowChats(): Promise<boolean> {
    return this.#besideOlder?.allKnowChats() ?? Promise.resolve(true)
  }

  create(app: NewApp, at: number): Promise<AppRecord | LimitsDiffer | OlderGateways | undefined> {
    const { kind = "app" } = app
    const [box, besideOlder] = [this.#box, this.#besideOlder]
    return this.#db.changeAlone<AppRecord | LimitsDiffer | OlderGateways | undefined>("apps", function* () {
      if (besideOlder !== undefined && !(yield* besideOlder.mayAdd(kind))) return { olderGateways: true }
      if ((yield* find(app.name)) !== undefined) return undefined
      const [other] = yield* findOthers(app.name, app)
      const refusal = differs(app.settings, other)
      if (refusal !== undefined) return refusal
      const record = yield* put(box, joining(other, app), at)
      if (besideOlder !== undefined) yield* besideOlder.added(kind)
      yield* report([changed(app.name, at)])
      return record
    })
  }

  put(app: NewApp, at: number): Promise<void> {
    const box = this.#box
    return this.#db.changeAlone("apps", function* () {
      const [other] = yield* findOthers(app.name, app)
      yield* put(box, joining(other, app), at)
      yield* report([changed(app.name, at)])
    })
  }

  change(
    name: string,
    change: AppChange,
    at: number,
    expected?: ExpectedVersion,
  ): Promise<AppRecord | LimitsDiffer | Unchanged> {
    const box = this.#box
    return this.#db.changeAlone<AppRecord | LimitsDiffer | Unchanged>("apps", function* () {
      const row = yield* find(name)
      if (row === undefined) return "unknown"
      const before = toApp(row)
      if (expected?.(before) === false) return "stale"
      const others = yield* findOthers(name, idsAfter(before, change))
      const plan = planChange(before, change, others, () => openSecrets(box, row) ?? givenAnew(change))
      if ("differsFrom" in plan) return plan
      for (const other of plan.others) yield* putSettings(other, at)
      const { app, secrets } = plan
      const record = secrets === undefined ? yield* putSettings(app, at) : yield* put(box, { ...app, secrets }, at)
      if (before.kind === "bot" && before.corpId !== record.corpId) yield* forgetConversations(before.corpId)
      yield* report([...plan.others.map((other) => other.name), name].map((one) => changed(one, at)))
      return record
    })
  }

  remove(name: string, at: number, expected?: ExpectedVersion): Promise<"removed" | "has_unfinished" | Unchanged> {
    return this.#db.changeAlone<"removed" | "has_unfinished" | Unchanged>("apps", function* () {
      // Accepting a message locks the row, so no message comes in between.
      const [row] = yield* lock`select * from wecom_push.apps where name = ${name}`
      if (row === undefined) return "unknown"
      const app = toApp(row)
      if (expected?.(app) === false) return "stale"
      // Two conditions, so that SQLite uses the index of messages that are not sent.
      const unfinished = yield* query`select 1 from wecom_push.messages
        where app = ${name} and state = 'open' and state <> 'sent' limit 1`
      if (unfinished.length > 0) return "has_unfinished"
      yield* query`delete from wecom_push.apps where name = ${name}`
      if (app.kind === "bot") yield* forgetConversations(app.corpId)
      yield* report([changed(name, at)])
      return "removed"
    })
  }

  pause(name: string, pause: AppPause, version: number): Promise<boolean> {
    return this.#changePause(name, version, function* (running) {
      const { kept, isNew } = pausedAnew(running, pause)
      yield* putPause(name, JSON.stringify(kept))
      const { errcode, errmsg, since: at } = pause
      if (isNew) yield* report([{ at, type: "app.paused", app: name, messageId: undefined, data: { errcode, errmsg } }])
      return true
    })
  }

  resume(name: string, at: number, version: number): Promise<boolean> {
    return this.#changePause(name, version, function* (running) {
      if (running === undefined) return false
      yield* putPause(name, null)
      const { errcode } = running
      yield* report([{ at, type: "app.resumed", app: name, messageId: undefined, data: { errcode } }])
      return true
    })
  }

  #changePause(
    name: string,
    version: number,
    change: (running: AppPause | undefined) => Work<boolean>,
  ): Promise<boolean> {
    return this.#db.change(`pause ${name}`, function* () {
      const [row] = yield* lockBesideAccepts`select * from wecom_push.apps where name = ${name}`
      const before = row && toApp(row)
      return before?.version === version ? yield* change(before.pause) : false
    })
  }
}

function* find(name: string): Work<Row | undefined> {
  const [row] = yield* query`select * from wecom_push.apps where name = ${name}`
  return row
}

/** The other apps of a party, ordered by name. */
function* findOthers(name: string, { kind = "app", corpId, agentId }: Ids): Work<readonly AppRecord[]> {
  const rows = yield* query`select * from wecom_push.apps
    where kind = ${kind} and corp_id = ${corpId} and agent_id = ${agentId} and name <> ${name} order by name`
  return rows.map(toApp)
}

/** Stores the app, and ends a pause. */
function* put(
  box: SecretBox,
  { name, kind = "app", corpId, agentId, settings, secrets }: NewApp,
  at: number,
): Work<AppRecord> {
  const rows = yield* query`insert into wecom_push.apps
      (name, kind, corp_id, agent_id, created_at, updated_at, settings, secrets)
    values (${name}, ${kind}, ${corpId}, ${agentId}, ${at}, ${at}, ${JSON.stringify(settings)},
      ${sealSecrets(box, name, secrets)})
    on conflict (name) do update set kind = excluded.kind, corp_id = excluded.corp_id, agent_id = excluded.agent_id,
      updated_at = excluded.updated_at, settings = excluded.settings, secrets = excluded.secrets, pause = null,
      version = apps.version + 1
    returning *`
  return toApp(onlyRow(rows))
}

function* putSettings({ name, settings }: Pick<NewApp, "name" | "settings">, at: number): Work<AppRecord> {
  const rows = yield* query`update wecom_push.apps
    set settings = ${JSON.stringify(settings)}, updated_at = ${at}, version = version + 1
    where name = ${name} returning *`
  return toApp(onlyRow(rows))
}

function* putPause(name: string, pause: string | null): Work<void> {
  yield* query`update wecom_push.apps set pause = ${pause} where name = ${name}`
}

/** @throws {StorageError} where the change brings no secret in place of a stored one that cannot be read */
function givenAnew({ secret }: AppChange): AppSecrets {
  if (secret !== undefined) return { secret }
  throw new StorageError("storage_error", {
    detail: {
      en: "The stored secret of the app cannot be read, so nothing was changed; give the secret with this change.",
      zh: "无法读取该应用已存储的 Secret，本次没有修改；请在修改时一并提供 Secret。",
    },
  })
}

function changed(name: string, at: number): NewEvent {
  return { at, type: "app.changed", app: name, messageId: undefined, data: {} }
}
