import type { DatabaseConfig } from "../store/database-config.ts"
import type { FilesConfig } from "../files/files-config.ts"
import { openBucket } from "../files/open-bucket.ts"
import type { Finding } from "../store/finding.ts"

interface ExamineDatabaseOptions {
  readonly database: DatabaseConfig
  /** The key file beside the database unless given. */
  readonly masterKey: Uint8Array | undefined
  readonly maxConnections: number
  /** For PostgreSQL: where large files are. */
  readonly files: FilesConfig | undefined
}

/**
 * Checks, one after another, everything that a gateway needs of its database. Changes nothing in the database; in a bucket
 * of files it writes and deletes one object.
 */
export async function* examineDatabase(options: ExamineDatabaseOptions): AsyncGenerator<Finding> {
  const { database, masterKey, maxConnections } = options
  if (database.kind === "sqlite") {
    const { file } = database
    const { examineFile } = await import("../store/sqlite/examine.ts")
    const { masterKeyBeside } = await import("../store/sqlite/key-file.ts")
    yield* examineFile(file, () => masterKey ?? masterKeyBeside(file).key)
    return
  }
  const { examinePostgres } = await import("../store/postgres/examine.ts")
  const { url, directUrl } = database
  const files = options.files && (await openBucket(options.files))
  try {
    yield* examinePostgres({ url, directUrl, masterKey: masterKey ?? new Uint8Array(), maxConnections, files })
  } finally {
    files?.bucket.close()
  }
}
