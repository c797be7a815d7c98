import { sql } from "kysely"
import { opensKeyCheck, SEALED, sealedAnew, sealKeyCheck } from "../master-key.ts"
import { text } from "../row.ts"
import type { Row } from "../row.ts"
import type { SecretBox } from "../secret-box.ts"
import { LOCKS } from "./locks.ts"
import type { Transactions, Tx } from "./transactions.ts"

/** Makes the present key the one that seals the secrets here. @throws {StartRefusal} `wrong_master_key` */
export async function checkMasterKey(transactions: Transactions, box: SecretBox): Promise<void> {
  const database = await transactions.read(async (db) => {
    const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(db)
    return rows[0]?.name ?? ""
  })
  await transactions.run((tx) => check(tx, box, database))
}

async function check(tx: Tx, box: SecretBox, database: string): Promise<void> {
  // When nodes start together on a new database, one of them writes the check, and the others are compared with it.
  const { numAffectedRows } = await sql`insert into wecom_push.meta (name, value)
    values ('master_key_check', ${sealKeyCheck(box)}) on conflict do nothing`.execute(tx)
  if (numAffectedRows === 1n) return
  const { rows } = await sql<Row>`select value from wecom_push.meta where name = 'master_key_check'
    for update`.execute(tx)
  const sealed = text(rows[0] ?? {}, "value")
  const opens = opensKeyCheck(box, sealed, database)
  await sealAnew(tx, box)
  if (!opens || !box.isCurrent(sealed)) {
    await sql`update wecom_push.meta set value = ${sealKeyCheck(box)} where name = 'master_key_check'`.execute(tx)
  }
}

/** Each start checks all secrets: nodes that still run with the former key have continued to write. */
async function sealAnew(tx: Tx, box: SecretBox): Promise<void> {
  await sql`select pg_advisory_xact_lock(${LOCKS.apps})`.execute(tx)
  for (const { table, key, column, placeOf } of SEALED) {
    const [of, by, held] = [sql.table(`wecom_push.${table}`), sql.ref(key), sql.ref(column)]
    const { rows } = await sql<Sealed>`select ${by} as key, ${held} as sealed from ${of}
      where ${held} is not null order by ${by} for no key update`.execute(tx)
    for (const row of rows) {
      if (box.isCurrent(row.sealed)) continue
      const sealed = sealedAnew(box, row.sealed, placeOf(row.key))
      if (sealed !== undefined) await sql`update ${of} set ${held} = ${sealed} where ${by} = ${row.key}`.execute(tx)
    }
  }
}

interface Sealed {
  readonly key: string
  readonly sealed: string
}
