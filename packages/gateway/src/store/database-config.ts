/** The database in which a gateway stores everything. */
export type DatabaseConfig =
  | { readonly kind: "sqlite"; readonly file: string }
  | {
      readonly kind: "postgres"
      /** As in `postgres://user:secret@host/database`. */
      readonly url: string
      /** The same database without the pooler in front of it: for the locks and notices of a session. */
      readonly directUrl?: string
    }
