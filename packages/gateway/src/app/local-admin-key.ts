import type { DatabaseConfig } from "../store/database-config.ts"
import { issueAdminKey } from "../doors/kit/new-key.ts"
import type { AuditEntry } from "../model/ports/audit.ts"
import type { NewKey } from "../model/ports/keys.ts"

export interface MadeAdminKey {
  readonly id: string
  /** Shown only once. */
  readonly key: string
}

/**
 * Makes an admin key directly in the database, for an administrator who has lost theirs. Write access to the database is
 * proof enough.
 * @param now milliseconds since 1970
 * @throws {StartRefusal} for a database on which no gateway would start
 */
export async function makeAdminKey(database: DatabaseConfig, now: number): Promise<MadeAdminKey> {
  const { record, key } = issueAdminKey(now)
  await addKey(database, record, {
    at: now,
    actor: "local",
    from: undefined,
    action: "key.created",
    target: record.id,
    detail: { name: record.name },
    apps: record.apps,
  })
  return { id: record.id, key }
}

async function addKey(database: DatabaseConfig, key: NewKey, entry: AuditEntry): Promise<void> {
  if (database.kind === "sqlite") return (await import("../store/sqlite/add-key.ts")).addKey(database.file, key, entry)
  return (await import("../store/postgres/add-key.ts")).addKey(database, key, entry)
}
