import type { Migration } from "kysely/migration"
import { up as first } from "./0001-first.ts"
import { up as media } from "./0002-media.ts"
import { up as callbacks } from "./0003-callbacks.ts"
import { up as sharingAndQuotas } from "./0004-sharing-and-quotas.ts"
import { up as clientsVersionsAudit } from "./0005-clients-versions-audit.ts"
import { up as lateness } from "./0006-lateness.ts"
import { up as missesUnderWay } from "./0007-misses-under-way.ts"
import { up as warnings } from "./0008-warnings.ts"
import { up as agents } from "./0009-agents.ts"
import { up as longHistories } from "./0010-long-histories.ts"
import { up as lists } from "./0011-lists.ts"
import { up as auditLists } from "./0012-audit-lists.ts"
import { up as callsInFlight } from "./0013-calls-in-flight.ts"
import { up as shares } from "./0014-shares.ts"
import { up as fileShares } from "./0015-file-shares.ts"
import { up as sharesOfMisses } from "./0016-shares-of-misses.ts"
import { up as lives } from "./0017-lives.ts"
import { up as largeTexts } from "./0018-large-texts.ts"
import { up as recalls } from "./0019-recalls.ts"
import { up as traces } from "./0020-traces.ts"
import { up as parties } from "./0021-parties.ts"

/** In order. One that has been released never changes. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  "0001-first": { up: first },
  "0002-media": { up: media },
  "0003-callbacks": { up: callbacks },
  "0004-sharing-and-quotas": { up: sharingAndQuotas },
  "0005-clients-versions-audit": { up: clientsVersionsAudit },
  "0006-lateness": { up: lateness },
  "0007-misses-under-way": { up: missesUnderWay },
  "0008-warnings": { up: warnings },
  "0009-agents": { up: agents },
  "0010-long-histories": { up: longHistories },
  "0011-lists": { up: lists },
  "0012-audit-lists": { up: auditLists },
  "0013-calls-in-flight": { up: callsInFlight },
  "0014-shares": { up: shares },
  "0015-file-shares": { up: fileShares },
  "0016-shares-of-misses": { up: sharesOfMisses },
  "0017-lives": { up: lives },
  "0018-large-texts": { up: largeTexts },
  "0019-recalls": { up: recalls },
  "0020-traces": { up: traces },
  "0021-parties": { up: parties },
}
