import type { OutboxStore } from "../../model/ports/outbox.ts"
import { Accept } from "./accept.ts"
import type { AcceptDeps } from "./accept.ts"
import { Calls } from "./calls.ts"
import type { CallsDeps } from "./calls.ts"
import { Changes } from "./changes.ts"
import type { ChangesDeps } from "./changes.ts"
import { pageOfChunks } from "./chunk-rows.ts"
import { MakeDue } from "./make-due.ts"
import type { MakeDueDeps } from "./make-due.ts"
import { Lives } from "./lives.ts"
import { SetBack } from "./set-back.ts"

export type OutboxDeps = AcceptDeps & CallsDeps & ChangesDeps & MakeDueDeps

/** The stored state. The job queue decides which worker gets which message, and when. */
export function postgresOutbox(deps: OutboxDeps): OutboxStore {
  const { transactions } = deps
  const accept = new Accept(deps)
  const calls = new Calls(deps)
  const changes = new Changes(deps)
  const makeDue = new MakeDue(deps)
  const lives = new Lives(deps)
  const setBack = new SetBack(deps)
  return {
    accept: (request) => accept.accept(request),
    earlier: (use, now) => accept.earlier(use, now),
    makeAppDue: (app, at) => makeDue.app(app, at),
    makeDue: (messageIds, at) => makeDue.messages(messageIds, at),
    // Ages of calls stay as they are: they are measured by the database's clock alone, and it is not known what it
    // would have shown.
    async clockJumped({ by, at, setByMs }) {
      if (setByMs !== undefined) await lives.move(setByMs)
      if (by < -WAITS_LONGER_MS) await setBack.follow(at)
    },
    chunks: (query) => transactions.read((db) => pageOfChunks(db, query)),
    openCalls: (messageId, number) => calls.openCalls(messageId, number),
    openCallsInBrief: (messageId) => calls.openCallsInBrief(messageId),
    begin: (starts) => calls.begin(starts),
    settle: (settlements) => changes.settle(settlements),
    update: (change) => changes.update(change),
    endUnbegun: (ending) => changes.endUnbegun(ending),
    endExpired: (query) => changes.endExpired(query),
    delayCall: (call, attempt, delay) => changes.delayCall(call, attempt, delay),
  }
}

/** A message may wait this much longer before a search through all open messages finds it. */
const WAITS_LONGER_MS = 30_000
