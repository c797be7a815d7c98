import type { FoundSource, NewSource, SourceChange, SourceRecord, SourceStore } from "../../model/ports/sources.ts"
import type { ExpectedVersion, Unchanged } from "../../model/ports/versions.ts"
import { optionalText } from "../row.ts"
import type { Row } from "../row.ts"
import type { SecretBox } from "../secret-box.ts"
import { sealSigningSecret, toFoundSource, toSource } from "./source-rows.ts"
import { lock, onlyRow, query } from "./work.ts"
import type { ColdDatabase, Use, Work } from "./work.ts"

export class Sources implements SourceStore {
  readonly #db: ColdDatabase
  readonly #box: SecretBox

  constructor(db: ColdDatabase, box: SecretBox) {
    this.#db = db
    this.#box = box
  }

  add(source: NewSource): Promise<void> {
    const { id, name, adapter, app, to, priority, template, signingSecret, prefix, hash, createdAt } = source
    const sealed = sealSigningSecret(this.#box, id, signingSecret)
    return this.#db.change("sources", function* () {
      yield* query`insert into wecom_push.sources
        (id, name, adapter, app, audience, priority, template, signing_secret, prefix, hash, created_at) values
        (${id}, ${name}, ${adapter}, ${app}, ${JSON.stringify(to)}, ${priority}, ${template ?? null}, ${sealed},
          ${prefix}, ${hash}, ${createdAt})`
    })
  }

  async findByHash(hash: string): Promise<FoundSource | undefined> {
    const [row] = await this.#db.read(
      () => query`select * from wecom_push.sources where hash = ${hash}
        union all select * from wecom_push.sources where old_hash = ${hash}`,
    )
    return row === undefined ? undefined : toFoundSource(row, this.#box)
  }

  async get(id: string): Promise<SourceRecord | undefined> {
    const [row] = await this.#db.read(() => query`select * from wecom_push.sources where id = ${id}`)
    return row === undefined ? undefined : toSource(row)
  }

  async list(): Promise<readonly SourceRecord[]> {
    const rows = await this.#db.read(() => query`select * from wecom_push.sources order by created_at, id`)
    return rows.map(toSource)
  }

  change(id: string, change: SourceChange, expected?: ExpectedVersion): Promise<SourceRecord | Unchanged> {
    const box = this.#box
    return this.#with(id, expected, function* (row) {
      const { signingSecret } = change
      const kept = optionalText(row, "signing_secret") ?? null
      const sealed = signingSecret === undefined ? kept : sealSigningSecret(box, id, signingSecret)
      const { name, app, to, priority, template } = { ...toSource(row), ...change }
      const rows = yield* query`update wecom_push.sources set name = ${name}, app = ${app},
        audience = ${JSON.stringify(to)}, priority = ${priority}, template = ${template ?? null},
        signing_secret = ${sealed}, version = version + 1 where id = ${id} returning *`
      return toSource(onlyRow(rows))
    })
  }

  rotate(
    id: string,
    { prefix, hash }: Pick<SourceRecord, "prefix" | "hash">,
    oldUntil: number,
    expected?: ExpectedVersion,
  ): Promise<SourceRecord | Unchanged> {
    return this.#with(id, expected, function* () {
      const rows = yield* query`update wecom_push.sources set old_hash = hash, old_until = ${oldUntil},
        prefix = ${prefix}, hash = ${hash}, version = version + 1 where id = ${id} returning *`
      return toSource(onlyRow(rows))
    })
  }

  remove(id: string, expected?: ExpectedVersion): Promise<"removed" | Unchanged> {
    return this.#with<"removed">(id, expected, function* () {
      yield* query`delete from wecom_push.sources where id = ${id}`
      return "removed"
    })
  }

  used(uses: readonly Use[]): Promise<void> {
    return this.#db.noteUses("sources", uses)
  }

  #with<T>(id: string, expected: ExpectedVersion | undefined, work: (row: Row) => Work<T>): Promise<T | Unchanged> {
    return this.#db.change<T | Unchanged>("sources", function* () {
      const [row] = yield* lock`select * from wecom_push.sources where id = ${id}`
      if (row === undefined) return "unknown"
      if (expected?.(toSource(row)) === false) return "stale"
      return yield* work(row)
    })
  }
}
