import type { AuditEntry } from "../../model/ports/audit.ts"
import type { NewKey } from "../../model/ports/keys.ts"
import { Audit } from "../cold/audit.ts"
import { insertKey } from "../cold/keys.ts"
import { auditTables } from "./audit.ts"
import { PostgresCold } from "./cold.ts"
import { connect } from "./connection.ts"
import { inspect } from "./inspect.ts"
import { SCHEMA_VERSION } from "./migrate.ts"
import { refusals } from "./refusals.ts"
import { shownUrl } from "./shown-url.ts"
import { Transactions } from "./transactions.ts"

/**
 * Adds a key to a database, whether gateways run on it or not: running gateways take the key at once. Needs no master
 * key, since only hashes of keys are stored.
 * @throws {StartRefusal} a database that no gateway would start on, or that none has started on yet
 */
export async function addKey({ url, directUrl }: Place, key: NewKey, entry: AuditEntry): Promise<void> {
  await using inspected = await inspect({ url: directUrl ?? url, waitMs: 0, onWaiting: ignore })
  const { schemaVersion } = inspected
  // Running gateways may be of the version before: their tables must not change while they run.
  if (schemaVersion < SCHEMA_VERSION) throw refusals.olderSchema(shownUrl(url), schemaVersion, SCHEMA_VERSION)
  await using resources = new AsyncDisposableStack()
  const db = resources.adopt(connect({ url: directUrl ?? url, maxConnections: 2, onLost: ignore }), (db) =>
    db.destroy(),
  )
  const transactions = new Transactions(db)
  const cold = new PostgresCold(transactions)
  await cold.write(() => insertKey(key))
  await new Audit(cold, auditTables(transactions)).append([entry])
}

interface Place {
  readonly url: string
  readonly directUrl?: string
}

function ignore(): void {}
