import type { Migration } from "kysely/migration"
import { up as first } from "./0001-first.ts"
import { up as messages } from "./0002-messages.ts"
import { up as limits } from "./0003-limits.ts"
import { up as objects } from "./0004-objects.ts"
import { up as shares } from "./0005-shares.ts"
import { up as fileShares } from "./0006-file-shares.ts"
import { up as sharesOfMisses } from "./0007-shares-of-misses.ts"
import { up as lives } from "./0008-lives.ts"
import { up as memberTurns } from "./0009-member-turns.ts"
import { up as windowOrder } from "./0010-window-order.ts"
import { up as recalls } from "./0011-recalls.ts"
import { up as traces } from "./0012-traces.ts"
import { up as parties } from "./0013-parties.ts"
import { up as sources } from "./0014-sources.ts"
import { up as appKinds } from "./0015-app-kinds.ts"
import { up as conversations } from "./0016-conversations.ts"
import { up as robotLease } from "./0017-robot-lease.ts"
import { up as robotFrames } from "./0018-robot-frames.ts"
import { up as chats } from "./0019-chats.ts"
import { up as otherwise } from "./0020-otherwise.ts"
import { up as noCallsByStart } from "./0021-no-calls-by-start.ts"
import { up as sourcesUsed } from "./0022-sources-used.ts"
import { up as messageApps } from "./0023-message-apps.ts"
import { up as lanesInOrder } from "./0024-lanes-in-order.ts"
import { up as vacuumedEarlier } from "./0025-vacuumed-earlier.ts"

export interface SharedMigration extends Migration {
  /**
   * Gateways of the versions before cannot use the database any more: it takes away what they use, or asks of rows what they
   * do not write. Without it they go on, and start again, beside those of this version.
   */
  readonly endsOlder?: true
}

/** In order. One that has been released never changes. */
export const MIGRATIONS: Readonly<Record<string, SharedMigration>> = {
  "0001-first": { up: first },
  "0002-messages": { up: messages },
  "0003-limits": { up: limits },
  "0004-objects": { up: objects },
  "0005-shares": { up: shares },
  "0006-file-shares": { up: fileShares },
  "0007-shares-of-misses": { up: sharesOfMisses },
  "0008-lives": { up: lives },
  "0009-member-turns": { up: memberTurns, endsOlder: true },
  "0010-window-order": { up: windowOrder },
  "0011-recalls": { up: recalls },
  "0012-traces": { up: traces },
  "0013-parties": { up: parties },
  "0014-sources": { up: sources },
  "0015-app-kinds": { up: appKinds },
  "0016-conversations": { up: conversations },
  "0017-robot-lease": { up: robotLease },
  "0018-robot-frames": { up: robotFrames },
  "0019-chats": { up: chats },
  "0020-otherwise": { up: otherwise },
  "0021-no-calls-by-start": { up: noCallsByStart },
  "0022-sources-used": { up: sourcesUsed },
  "0023-message-apps": { up: messageApps },
  "0024-lanes-in-order": { up: lanesInOrder },
  "0025-vacuumed-earlier": { up: vacuumedEarlier },
}
