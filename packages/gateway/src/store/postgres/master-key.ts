import { sql } from "kysely"
import { openKeyCheck, sealKeyCheck, wrongMasterKey } from "../master-key.ts"
import { text } from "../row.ts"
import type { Row } from "../row.ts"
import { sealedPlaces } from "../sealed-places.ts"
import { SecretBoxError } from "../secret-box.ts"
import type { SecretBox } from "../secret-box.ts"
import { LOCKS } from "./locks.ts"
import type { Transactions, Tx } from "./transactions.ts"

/** Makes the present key the one that seals the secrets here. @throws {StartRefusal} `wrong_master_key` */
export async function checkMasterKey(transactions: Transactions, box: SecretBox): Promise<void> {
  const database = await transactions.read(async (db) => {
    const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(db)
    return rows[0]?.name ?? ""
  })
  try {
    await transactions.run((tx) => check(tx, box))
  } catch (error) {
    throw error instanceof SecretBoxError ? wrongMasterKey(database) : error
  }
}

async function check(tx: Tx, box: SecretBox): Promise<void> {
  // Of nodes that start together on a new database one writes it, and the others are compared with that.
  const { numAffectedRows } = await sql`insert into wecom_push.meta (name, value)
    values ('master_key_check', ${sealKeyCheck(box)}) on conflict do nothing`.execute(tx)
  if (numAffectedRows === 1n) return
  const { rows } = await sql<Row>`select value from wecom_push.meta where name = 'master_key_check'
    for update`.execute(tx)
  const sealed = text(rows[0] ?? {}, "value")
  openKeyCheck(box, sealed)
  await sealAnew(tx, box)
  if (!box.isCurrent(sealed)) {
    await sql`update wecom_push.meta set value = ${sealKeyCheck(box)} where name = 'master_key_check'`.execute(tx)
  }
}

/** Each start checks all secrets: nodes that still run with the former key have continued to write. */
async function sealAnew(tx: Tx, box: SecretBox): Promise<void> {
  await sql`select pg_advisory_xact_lock(${LOCKS.apps})`.execute(tx)
  const { rows: apps } = await sql<Sealed>`select name as key, secrets as sealed from wecom_push.apps
    order by name for no key update`.execute(tx)
  for (const { key, sealed } of toSeal(apps, box)) {
    const place = sealedPlaces.app(key)
    await sql`update wecom_push.apps set secrets = ${box.seal(box.open(sealed, place), place)}
      where name = ${key}`.execute(tx)
  }
  const { rows: tokens } = await sql<Sealed>`select key, record as sealed from wecom_push.tokens
    order by key for update`.execute(tx)
  for (const { key, sealed } of toSeal(tokens, box)) {
    const place = sealedPlaces.token(key)
    await sql`update wecom_push.tokens set record = ${box.seal(box.open(sealed, place), place)}
      where key = ${key}`.execute(tx)
  }
  const { rows: sources } = await sql<Sealed>`select id as key, signing_secret as sealed from wecom_push.sources
    where signing_secret is not null order by id for update`.execute(tx)
  for (const { key, sealed } of toSeal(sources, box)) {
    const place = sealedPlaces.source(key)
    await sql`update wecom_push.sources set signing_secret = ${box.seal(box.open(sealed, place), place)}
      where id = ${key}`.execute(tx)
  }
}

interface Sealed {
  readonly key: string
  readonly sealed: string
}

function toSeal(rows: readonly Sealed[], box: SecretBox): readonly Sealed[] {
  return rows.filter(({ sealed }) => !box.isCurrent(sealed))
}
