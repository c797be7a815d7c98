import { issueAdminKey } from "./http/new-key.ts"
import { addKey } from "./store/sqlite/add-key.ts"

export interface MadeAdminKey {
  readonly id: string
  /** To be shown once. */
  readonly key: string
}

/**
 * Makes an admin key in the database itself, for whoever has lost the one they had. Who can write the file needs no
 * other proof.
 * @param now milliseconds since 1970
 * @throws {StartRefusal} a database that no gateway would start on
 */
export async function makeAdminKey(databaseFile: string, now: number): Promise<MadeAdminKey> {
  const { record, key } = issueAdminKey(now)
  await addKey(databaseFile, record, {
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
