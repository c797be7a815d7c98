import type { CardUpdateReply, Dispatcher, LookupReply } from "../../../model/ports/dispatcher.ts"
import type { AppPause, AppRecord } from "../../../model/ports/apps.ts"
import type { AppStanding } from "../../../model/ports/governor.ts"

/** Sends nothing. Its answers can be set, for tests of the HTTP side alone. */
export class IdleDispatcher implements Dispatcher {
  lookupReply: LookupReply = { kind: "not_found" }
  cardUpdateReply: CardUpdateReply = { kind: "unreachable" }
  running = true
  inTheWay: AppStanding = { closedUntil: undefined, why: undefined, outage: undefined }
  readonly calls: unknown[] = []
  outcome: {
    cancel: Awaited<ReturnType<Dispatcher["cancel"]>>
    retry: Awaited<ReturnType<Dispatcher["retry"]>>
    recall: Awaited<ReturnType<Dispatcher["recall"]>>
  } = {
    cancel: { kind: "already_sent" },
    retry: { kind: "nothing_to_retry" },
    recall: { kind: "nothing_to_recall" },
  }

  async directory() {
    return { kind: "not_supported" } as const
  }

  async tag() {
    return { kind: "not_supported" } as const
  }

  async createChat() {
    return { kind: "unreachable" } as const
  }

  async changeChat() {
    return { kind: "unreachable" } as const
  }

  async lookAtChat() {
    return { kind: "unreachable" } as const
  }

  async pass() {
    return { kind: "unreachable" } as const
  }

  async cancel(messageId: string) {
    this.calls.push(["cancel", messageId])
    return this.outcome.cancel
  }

  async cancelMany(of: unknown) {
    this.calls.push(["cancelMany", of])
    return { messages: 0, recipients: 0, left: [], more: false }
  }

  async retry(messageId: string, states: readonly string[]) {
    this.calls.push(["retry", messageId, states])
    return this.outcome.retry
  }

  async recall(messageId: string) {
    this.calls.push(["recall", messageId])
    return this.outcome.recall
  }

  async finished() {
    return false
  }

  async lookUp(question: unknown) {
    this.calls.push(["lookUp", question])
    return this.lookupReply
  }

  async updateCard(app: string, body: string) {
    this.calls.push(["updateCard", app, body])
    return this.cardUpdateReply
  }

  async updateTaskCard(app: string, body: string) {
    this.calls.push(["updateTaskCard", app, body])
    return this.cardUpdateReply
  }

  pauseOf({ pause }: AppRecord): AppPause | undefined {
    return pause
  }

  standing(): AppStanding {
    return this.inTheWay
  }

  isRunning(): boolean {
    return this.running
  }

  async stop(): Promise<void> {
    this.running = false
  }
}
