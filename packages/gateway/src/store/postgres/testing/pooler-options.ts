export interface PoolerOptions {
  /** Of the database. */
  readonly url: string
  /** When a connection to the server is given to another client. */
  readonly mode: "session" | "transaction"
  /** As PgBouncer calls them. */
  readonly settings: Readonly<Record<string, string | number>>
  /** For its socket file and whatever else. */
  readonly folder: string
}
