import type { Migration } from "kysely/migration"
import { FIRST_VERSION } from "../first-version.ts"
import { up as first } from "./0018-first.ts"
import { up as recalls } from "./0019-recalls.ts"
import { up as traces } from "./0020-traces.ts"
import { up as parties } from "./0021-parties.ts"
import { up as sources } from "./0022-sources.ts"
import { up as conversations } from "./0023-conversations.ts"
import { up as chats } from "./0024-chats.ts"
import { up as otherwise } from "./0025-otherwise.ts"
import { up as sourcesUsed } from "./0026-sources-used.ts"
import { up as namesOfColumns } from "./0027-names-of-columns.ts"
import { up as taskCards } from "./0028-task-cards.ts"
import { up as messageApps } from "./0029-message-apps.ts"

/** The migrations in order, each named by the version that it makes. A released one never changes. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  "0018-first": { up: first },
  "0019-recalls": { up: recalls },
  "0020-traces": { up: traces },
  "0021-parties": { up: parties },
  "0022-sources": { up: sources },
  "0023-conversations": { up: conversations },
  "0024-chats": { up: chats },
  "0025-otherwise": { up: otherwise },
  "0026-sources-used": { up: sourcesUsed },
  "0027-names-of-columns": { up: namesOfColumns },
  "0028-task-cards": { up: taskCards },
  "0029-message-apps": { up: messageApps },
}

/** Names of the steps from a version of the tables to this one; 0: there are none yet. */
export function stepsAfter(version: number): readonly string[] {
  return Object.keys(MIGRATIONS).slice(Math.max(version - FIRST_VERSION + 1, 0))
}
