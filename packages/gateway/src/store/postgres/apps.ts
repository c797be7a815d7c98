import { sql } from "kysely"
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
import type { EventType } from "../../model/ports/events.ts"
import type { ExpectedVersion, Unchanged } from "../../model/ports/versions.ts"
import { idsAfter, differs, joining, pausedAnew, planChange } from "../app-changes.ts"
import type { Ids } from "../app-changes.ts"
import { openSecrets, sealSecrets, toApp } from "../app-rows.ts"
import type { Row } from "../row.ts"
import type { SecretBox } from "../secret-box.ts"
import { CHATS } from "../../model/app-kinds.ts"
import { LocalLocks } from "../../model/local-locks.ts"
import { forgetConversations } from "./conversations.ts"
import type { Database } from "./connection.ts"
import type { NewEvent, PostgresEvents } from "./events.ts"
import { LOCKS } from "./locks.ts"
import { endOlder } from "./migrate.ts"
import { MIGRATIONS } from "./migrations/all.ts"
import { allKnowKind } from "./nodes.ts"
import type { Change, Transactions, Tx } from "./transactions.ts"

export class PostgresApps implements AppStore {
  readonly #transactions: Transactions
  readonly #events: PostgresEvents
  readonly #box: SecretBox
  readonly #locks = new LocalLocks()
  /** No gateway that does not know group chats as recipients is alive, and none can start. */
  #knowsChats = false

  constructor(transactions: Transactions, events: PostgresEvents, box: SecretBox) {
    this.#transactions = transactions
    this.#events = events
    this.#box = box
  }

  list(): Promise<readonly AppRecord[]> {
    return this.#transactions.read(async (db) => {
      const { rows } = await sql<Row>`select * from wecom_push.apps order by name`.execute(db)
      return rows.map(toApp)
    })
  }

  async get(name: string): Promise<AppRecord | undefined> {
    const row = await this.#transactions.read((db) => find(db, name))
    return row === undefined ? undefined : toApp(row)
  }

  async allKnowChats(): Promise<boolean> {
    this.#knowsChats ||= await this.#transactions.run(async (tx) => {
      if (!(await allKnowKind(tx, CHATS))) return false
      // From now on none of them starts, and nothing has to be asked again.
      await endOlder(tx, CHATS_KNOWN_FROM)
      return true
    })
    return this.#knowsChats
  }

  async secrets(name: string): Promise<AppSecrets | undefined> {
    const row = await this.#transactions.read((db) => find(db, name))
    return row === undefined ? undefined : openSecrets(this.#box, row)
  }

  create(app: NewApp, at: number): Promise<AppRecord | LimitsDiffer | OlderGateways | undefined> {
    return this.#change(async (tx, after) => {
      const { kind = "app" } = app
      if (kind !== "app" && !(await allKnowKind(tx, kind))) return { olderGateways: true }
      if ((await find(tx, app.name)) !== undefined) return undefined
      const [other] = await findOthers(tx, app.name, app)
      const refusal = differs(app.settings, other)
      if (refusal !== undefined) return refusal
      const record = await this.#write(tx, joining(other, app), at)
      // From now on none of them starts.
      if (kind !== "app") await endOlder(tx, KINDS_KNOWN_FROM)
      await this.#events.write(tx, [changed(app.name, at)], after)
      return record
    })
  }

  put(app: NewApp, at: number): Promise<void> {
    return this.#change(async (tx, after) => {
      const [other] = await findOthers(tx, app.name, app)
      await this.#write(tx, joining(other, app), at)
      await this.#events.write(tx, [changed(app.name, at)], after)
    })
  }

  change(
    name: string,
    change: AppChange,
    at: number,
    expected?: ExpectedVersion,
  ): Promise<AppRecord | LimitsDiffer | Unchanged> {
    return this.#change(async (tx, after) => {
      const row = await find(tx, name)
      if (row === undefined) return "unknown"
      const before = toApp(row)
      if (expected?.(before) === false) return "stale"
      const others = await findOthers(tx, name, idsAfter(before, change))
      const plan = planChange(before, change, others, () => openSecrets(this.#box, row))
      if ("differsFrom" in plan) return plan
      for (const other of plan.others) await writeSettings(tx, other, at)
      const { app, secrets } = plan
      const record =
        secrets === undefined ? await writeSettings(tx, app, at) : await this.#write(tx, { ...app, secrets }, at)
      if (before.kind === "bot" && before.corpId !== record.corpId) await forgetConversations(tx, before.corpId)
      const names = [...plan.others.map((other) => other.name), name]
      await this.#events.write(
        tx,
        names.map((one) => changed(one, at)),
        after,
      )
      return record
    })
  }

  remove(name: string, at: number, expected?: ExpectedVersion): Promise<"removed" | "has_unfinished" | Unchanged> {
    return this.#change(async (tx, after) => {
      // Accepting a message holds the row, so that none comes in between.
      const { rows } = await sql<Row>`select * from wecom_push.apps where name = ${name} for update`.execute(tx)
      if (rows[0] === undefined) return "unknown"
      if (expected?.(toApp(rows[0])) === false) return "stale"
      const { rows: unfinished } = await sql`select from wecom_push.messages
        where app = ${name} and state = 'open' limit 1`.execute(tx)
      if (unfinished.length > 0) return "has_unfinished"
      await sql`delete from wecom_push.apps where name = ${name}`.execute(tx)
      const { kind, corpId } = toApp(rows[0])
      if (kind === "bot") await forgetConversations(tx, corpId)
      await this.#events.write(tx, [changed(name, at)], after)
      return "removed"
    })
  }

  pause(name: string, pause: AppPause, version: number): Promise<boolean> {
    return this.#changePause(name, version, (running) => {
      const { kept, isNew } = pausedAnew(running, pause)
      const { errcode, errmsg, since: at } = pause
      return { pause: kept, event: isNew ? { at, type: "app.paused", data: { errcode, errmsg } } : undefined }
    })
  }

  resume(name: string, at: number, version: number): Promise<boolean> {
    return this.#changePause(name, version, (running) => {
      if (running === undefined) return undefined
      return { pause: undefined, event: { at, type: "app.resumed", data: { errcode: running.errcode } } }
    })
  }

  /**
   * One after another on all nodes: changes are few, and the agents that a change concerns are known only when the app
   * has been read, too late to lock them in one order.
   */
  #change<T>(change: Change<T>): Promise<T> {
    return this.#locks.run("apps", () =>
      this.#transactions.run(async (tx, after) => {
        await sql`select pg_advisory_xact_lock(${LOCKS.apps})`.execute(tx)
        return change(tx, after)
      }),
    )
  }

  #changePause(
    name: string,
    version: number,
    next: (running: AppPause | undefined) => PauseChange | undefined,
  ): Promise<boolean> {
    return this.#locks.run(`pause ${name}`, () =>
      this.#transactions.run(async (tx, after) => {
        const { rows } = await sql<Row>`select * from wecom_push.apps where name = ${name}
          for no key update`.execute(tx)
        const before = rows[0] && toApp(rows[0])
        if (before?.version !== version) return false
        const change = next(before.pause)
        if (change === undefined) return false
        const pause = change.pause === undefined ? null : JSON.stringify(change.pause)
        await sql`update wecom_push.apps set pause = ${pause} where name = ${name}`.execute(tx)
        const events = change.event === undefined ? [] : [{ ...change.event, app: name, messageId: undefined }]
        await this.#events.write(tx, events, after)
        return true
      }),
    )
  }

  /** Ends a pause, too. */
  async #write(
    tx: Tx,
    { name, kind = "app", corpId, agentId, settings, secrets }: NewApp,
    at: number,
  ): Promise<AppRecord> {
    const sealed = sealSecrets(this.#box, name, secrets)
    const { rows } = await sql<Row>`insert into wecom_push.apps
        (name, kind, corp_id, agent_id, created_at, updated_at, settings, secrets)
      values (${name}, ${kind}, ${corpId}, ${agentId}, ${at}, ${at}, ${JSON.stringify(settings)}, ${sealed})
      on conflict (name) do update set kind = excluded.kind, corp_id = excluded.corp_id, agent_id = excluded.agent_id,
        updated_at = excluded.updated_at, settings = excluded.settings, secrets = excluded.secrets, pause = null,
        version = apps.version + 1
      returning *`.execute(tx)
    return toApp(rows[0] ?? {})
  }
}

/** The schema of the first version whose nodes name the kinds that they know. */
const KINDS_KNOWN_FROM = Object.keys(MIGRATIONS).indexOf("0015-app-kinds") + 1

const CHATS_KNOWN_FROM = Object.keys(MIGRATIONS).indexOf("0019-chats") + 1

interface PauseChange {
  readonly pause: AppPause | undefined
  readonly event: { readonly at: number; readonly type: EventType; readonly data: NewEvent["data"] } | undefined
}

async function find(db: Database, name: string): Promise<Row | undefined> {
  const { rows } = await sql<Row>`select * from wecom_push.apps where name = ${name}`.execute(db)
  return rows[0]
}

/** Of a party; ordered by name. */
async function findOthers(tx: Tx, name: string, { kind = "app", corpId, agentId }: Ids): Promise<readonly AppRecord[]> {
  const { rows } = await sql<Row>`select * from wecom_push.apps
    where kind = ${kind} and corp_id = ${corpId} and agent_id = ${agentId} and name <> ${name} order by name`.execute(
    tx,
  )
  return rows.map(toApp)
}

async function writeSettings(
  tx: Tx,
  { name, settings }: Pick<NewApp, "name" | "settings">,
  at: number,
): Promise<AppRecord> {
  const { rows } = await sql<Row>`update wecom_push.apps
    set settings = ${JSON.stringify(settings)}, updated_at = ${at}, version = version + 1
    where name = ${name} returning *`.execute(tx)
  return toApp(rows[0] ?? {})
}

function changed(name: string, at: number): NewEvent {
  return { at, type: "app.changed", app: name, messageId: undefined, data: {} }
}
