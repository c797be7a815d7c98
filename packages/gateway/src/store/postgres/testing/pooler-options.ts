export interface PoolerOptions {
  /** The address of the database. */
  readonly url: string
  /** When a connection to the server goes to another client. */
  readonly mode: "session" | "transaction"
  /** By PgBouncer's names. */
  readonly settings: Readonly<Record<string, string | number>>
  /** For its socket file and other files. */
  readonly folder: string
}
