import type { Migration } from "kysely/migration"
import { up as first } from "./0001-first.ts"

/** In order. One that has been released never changes. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  "0001-first": { up: first },
}
