import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite"
import { query } from "../cold/work.ts"
import type { ColdDatabase, Door, Step, Use, Work } from "../cold/work.ts"
import type { Row } from "../row.ts"
import type { SqliteEvents } from "./events.ts"
import type { AfterCommit, GroupCommit } from "./group-commit.ts"

/** The file is this process's own, and changes in it come one after another anyway. */
export class SqliteCold implements ColdDatabase {
  readonly #db: DatabaseSync
  readonly #commit: GroupCommit
  readonly #events: Pick<SqliteEvents, "write"> | undefined
  readonly #prepared = new WeakMap<TemplateStringsArray, StatementSync>()

  /** @param events undefined where no change writes one */
  constructor(db: DatabaseSync, commit: GroupCommit, events?: Pick<SqliteEvents, "write">) {
    this.#db = db
    this.#commit = commit
    this.#events = events
  }

  read<T>(work: () => Work<T>): Promise<T> {
    return Promise.try(() => this.perform(work(), atOnce))
  }

  async readDurable<T>(work: () => Work<T>): Promise<T> {
    const { found } = await this.#commit.durable(() => ({ found: this.perform(work(), atOnce) }))
    return found
  }

  write<T>(work: () => Work<T>): Promise<T> {
    return this.#change(work)
  }

  change<T>(_name: string, work: () => Work<T>, door?: Door): Promise<T> {
    if (door === undefined) return this.#change(work)
    return this.#commit.submit<T>({
      kind: "door",
      beforeCommit: `${door}.before_commit`,
      afterCommit: `${door}.after_commit`,
      work: (after) => this.perform(work(), after),
    })
  }

  changeAlone<T>(_name: string, work: () => Work<T>): Promise<T> {
    return this.#change(work)
  }

  noteUses(table: "keys" | "sources", uses: readonly Use[]): Promise<void> {
    return this.#change(function* () {
      for (const { id, at } of uses) {
        yield* table === "keys"
          ? query`update keys set last_used_at = max(coalesce(last_used_at, 0), ${at}) where id = ${id}`
          : query`update sources set last_used_at = max(coalesce(last_used_at, 0), ${at}) where id = ${id}`
      }
    })
  }

  /** Inside a commit. */
  perform<T>(work: Work<T>, after: AfterCommit): T {
    let step = work.next()
    while (step.done !== true) step = work.next(this.#take(step.value, after))
    return step.value
  }

  #change<T>(work: () => Work<T>): Promise<T> {
    return this.#commit.submit<T>({ kind: "inside", work: (after) => this.perform(work(), after) })
  }

  #take(step: Step, after: AfterCommit): readonly Row[] {
    if ("parts" in step) return this.#prepare(step.parts).all(...step.values.map(bound))
    if ("effect" in step) after(step.effect)
    else for (const event of step) this.#events?.write(event, after)
    return []
  }

  #prepare(parts: TemplateStringsArray): StatementSync {
    const known = this.#prepared.get(parts)
    if (known !== undefined) return known
    const statement = this.#db.prepare(parts.join("?").replaceAll("wecom_push.", ""))
    this.#prepared.set(parts, statement)
    return statement
  }
}

/** SQLite has no booleans. The statement itself refuses any other type that it lacks. */
function bound(value: unknown): SQLInputValue {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- checked by node:sqlite
  return typeof value === "boolean" ? Number(value) : (value as SQLInputValue)
}

/** Runs an effect at once, since everything that is read is committed already. */
function atOnce(effect: () => void): void {
  effect()
}
