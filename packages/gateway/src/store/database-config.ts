/** Which database a gateway keeps everything in. */
export type DatabaseConfig =
  | { readonly kind: "sqlite"; readonly file: string }
  | {
      readonly kind: "postgres"
      /** As in `postgres://user:secret@host/database`. */
      readonly url: string
      /** Of the same database, past a pooler that stands before it: for the locks and notices of a session. */
      readonly directUrl?: string
    }
