import type { DatabaseSync } from "node:sqlite"
import type { LocalOutbox } from "../../model/ports/stores.ts"
import { Accept } from "./accept.ts"
import type { Parties } from "../cold/parties.ts"
import type { Backlog } from "./backlog.ts"
import { Calls } from "./calls.ts"
import { Changes } from "./changes.ts"
import type { Bodies } from "./bodies.ts"
import type { ChunkRows } from "./chunk-rows.ts"
import { Claims } from "./claims.ts"
import type { ClockJumps } from "./clock-jumps.ts"
import type { SqliteCold } from "./cold.ts"
import type { Discard } from "./discard.ts"
import type { SqliteEvents } from "./events.ts"
import type { GroupCommit } from "./group-commit.ts"
import { Lanes } from "./lanes.ts"
import type { LargeTexts } from "./large-texts.ts"
import { Queue } from "./queue.ts"

export interface OutboxDeps {
  readonly commit: GroupCommit
  readonly cold: Pick<SqliteCold, "perform">
  readonly parties: Parties
  readonly backlog: Backlog
  readonly events: SqliteEvents
  readonly chunks: ChunkRows
  readonly bodies: Bodies
  readonly discard: Discard
  readonly largeTexts: LargeTexts
  readonly jumps: ClockJumps
  /** Greater at each start of the process. */
  readonly run: number
  /** Sends between the backup and this time are unknown here. */
  readonly restoredAt: number | undefined
}

export function sqliteOutbox(db: DatabaseSync, deps: OutboxDeps): LocalOutbox {
  const { commit, backlog, chunks, largeTexts, jumps } = deps
  const claims = new Claims()
  const lanes = new Lanes(db)
  const accept = new Accept(db, { ...deps, lanes })
  const queue = new Queue(db, { commit, backlog, claims, lanes, largeTexts })
  const calls = new Calls(db, { ...deps, claims })
  const changes = new Changes(db, { ...deps, claims, lanes, calls })
  return {
    accept: (request) => accept.accept(request),
    // A replay promises as much as the first answer did.
    earlier: (use, now) => commit.durable(() => accept.earlier(use, now)),
    unfinished: () => Promise.resolve(backlog.unfinished),
    appsWithWork: () => Promise.resolve(backlog.apps()),
    waiting: (app, now, of) => Promise.try(() => queue.waiting(app, now, of)),
    onWork: (listener) => backlog.onWork(listener),
    claim: (query) => queue.claim(query),
    claimExpired: (query) => queue.claimExpired(query),
    renew: (claims, until) => Promise.try(() => queue.renew(claims, until)),
    release: (releases) => queue.release(releases),
    clockJumped: (jump) => jumps.jumped(jump),
    makeDue: (messageIds, at) => queue.makeDue(messageIds, at),
    makeAppDue: (app, at) => queue.makeAppDue(app, at),
    chunks: (query) => Promise.try(() => chunks.page(query)),
    openCalls: (messageId, number) => Promise.try(() => calls.openCalls(messageId, number)),
    openCallsInBrief: (messageId) => Promise.try(() => calls.openCallsInBrief(messageId)),
    begin: (starts) => calls.begin(starts),
    settle: (settlements) => changes.settle(settlements),
    update: (change) => changes.update(change),
    endUnbegun: (ending) => changes.endUnbegun(ending),
    endExpired: (query) => changes.endExpired(query),
    delayCall: (call, attempt, delay) => changes.delayCall(call, attempt, delay),
  }
}
