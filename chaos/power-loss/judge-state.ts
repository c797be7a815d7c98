import { hash } from "node:crypto"
import { DatabaseSync } from "node:sqlite"
import { masterKeyBeside } from "../../packages/gateway/src/store/sqlite/key-file.ts"
import { openSqlite } from "../../packages/gateway/src/store/sqlite/open.ts"
import { StartRefusal } from "../../packages/gateway/src/model/start-refusal.ts"
import type { Marker } from "../gateway/markers.ts"

/** `refused`: the gateway does not start on it. `corrupt`: SQLite finds it damaged. `lost`: a promise is not kept. */
export interface StateVerdict {
  readonly kind: "well" | "refused" | "corrupt" | "lost"
  readonly detail: string
}

/** Judges the state that a gateway finds when the power is back. */
export async function judgeState(databaseFile: string, promises: readonly Marker[]): Promise<StateVerdict> {
  try {
    const { key: masterKey } = masterKeyBeside(databaseFile)
    const { stores } = await openSqlite({ file: databaseFile, masterKey, now: Date.now() })
    await stores[Symbol.asyncDispose]()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const isDamage = !(error instanceof StartRefusal) || DAMAGE.has(error.code)
    return { kind: isDamage ? "corrupt" : "refused", detail: error.message }
  }
  using db = new DatabaseSync(databaseFile, { readOnly: true })
  const told = String(db.prepare("pragma integrity_check").get()?.["integrity_check"])
  if (told !== "ok") return { kind: "corrupt", detail: told }
  const broken = brokenPromises(db, promises)
  return broken.length === 0 ? { kind: "well", detail: "" } : { kind: "lost", detail: JSON.stringify(broken[0]) }
}

function brokenPromises(db: DatabaseSync, promises: readonly Marker[]): Marker[] {
  const messages = new Set(
    db
      .prepare("select id from messages")
      .all()
      .map(({ id }) => id),
  )
  const calls = new Map(
    db
      .prepare(
        "select id, number, attempts, final, result, body from calls join messages on messages.seq = calls.message",
      )
      .all()
      .map((row) => [`${String(row["id"])} ${String(row["number"])}`, row]),
  )
  const apps = new Map(
    db
      .prepare("select name, version from apps")
      .all()
      .map(({ name, version }) => [name, Number(version)]),
  )
  return promises.filter((promise) => {
    if (promise.kind === "configured") return (apps.get(promise.app) ?? 0) < promise.version
    if (promise.kind === "accepted") return !messages.has(promise.message)
    const call = calls.get(`${promise.message} ${promise.call}`)
    if (call === undefined || Number(call["attempts"]) < promise.attempt) return true
    if (promise.kind === "begun") return hash("sha256", String(call["body"])) !== promise.sha256
    return promise.isFinal && call["final"] !== 1
  })
}

/** Refusals to start that say that the database on the disk is damaged. */
const DAMAGE: ReadonlySet<string> = new Set([
  "not_a_database",
  "empty_file",
  "truncated",
  "damaged",
  "migration_failed",
])
