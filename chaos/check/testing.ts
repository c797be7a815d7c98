import type { AppInRun, Happening, NewHappening } from "../history.ts"
import { LOOKUP_PATH, RECALL_PATH, SEND_PATH, TOKEN_PATH } from "./evidence.ts"
import type { Evidence, Fault, LedgerCall, ToldMessage, ToldRecipient } from "./evidence.ts"

const START = Date.UTC(2026, 10, 25, 4)
export const ALERTS: AppInRun = { name: "alerts", agentId: 1000002, memberPerMinute: 30 }

interface PostByHand {
  readonly post?: number
  readonly topic?: string
  readonly person?: string | null
  readonly sendAt?: number | null
  readonly lane?: string | null
}

/**
 * A run written by hand. At first it is good: post 1 goes to one member, is accepted, sent and shown once. Tests add faults.
 * Times are milliseconds after the start.
 */
export class RunByHand {
  happenings: Happening[] = []
  calls: LedgerCall[] = []
  told = new Map<string, ToldMessage>()

  constructor(variant = "documented", nodes = 1, lookupsPerMinute = 10_000) {
    this.happen(0, {
      kind: "run",
      seed: "by hand",
      kills: 0,
      variant,
      control: null,
      apps: [ALERTS],
      nodes,
      lookupsPerMinute,
    })
  }

  static good(): RunByHand {
    return new RunByHand().post(100).accepted(110).tell().send(200)
  }

  static namingMobile(...others: readonly string[]): RunByHand {
    return new RunByHand().namingMobile(...others)
  }

  /** Adds posts that name a mobile number: one of `alerts`, and one of each of these apps. */
  namingMobile(...others: readonly string[]): this {
    for (const [post, app] of ["alerts", ...others].entries()) {
      const to = [{ type: "mobile", address: "13900000001", person: "m000001" } as const]
      this.happen(0, { kind: "post", post, app, topic: `t${post}`, sendAt: null, lane: null, to })
    }
    return this
  }

  happen(afterMs: number, happening: NewHappening): this {
    this.happenings.push({ at: START + afterMs, ...happening })
    return this
  }

  post(
    afterMs: number,
    { post = 1, topic = topicFor(post), person = "m000001", sendAt = null, lane = null }: PostByHand = {},
  ): this {
    const to = [{ type: "user", address: person ?? "nobody", person } as const]
    const due = sendAt === null ? null : START + sendAt
    return this.happen(afterMs, { kind: "post", post, app: "alerts", topic, sendAt: due, lane, to })
  }

  accepted(
    afterMs: number,
    { post = 1, id = idFor(post) }: { readonly post?: number; readonly id?: string } = {},
  ): this {
    return this.happen(afterMs, { kind: "tried", post, outcome: "ok", status: 202, id, replayed: false })
  }

  tell(row: Partial<ToldRecipient> = {}, id = "msg_1"): this {
    const told: ToldRecipient = {
      type: "user",
      address: "m000001",
      state: "sent",
      userid: "m000001",
      reason: null,
      ...row,
    }
    this.told.set(id, { id, state: "sent", recipients: [told] })
    return this
  }

  /** The first message has a try with an unknown outcome. */
  inDoubtFrom(afterMs: number): this {
    const told = this.told.get("msg_1")
    if (told === undefined) throw new Error("the API has not reported the message yet")
    this.told.set("msg_1", { ...told, inDoubtSince: START + afterMs })
    return this
  }

  send(afterMs: number, call: Partial<LedgerCall> = {}): this {
    const { topic = "t1" } = call
    const msgid = `msgid ${this.calls.length + 1}`
    const body = { msgid, sha256: `bytes of ${topic}`, topic, agentId: ALERTS.agentId, userCount: 1, isChecked: true }
    return this.#call(afterMs, { path: SEND_PATH, ...body, shown: ["m000001"], ...call })
  }

  /** Adds a call of another channel. */
  carry(afterMs: number, path: string, call: Partial<LedgerCall> = {}): this {
    return this.#call(afterMs, { path, topic: "t1", shown: ["m000001"], ...call })
  }

  /** @param call the number of the send, from 1 */
  recall(afterMs: number, call = 1): this {
    this.happen(afterMs, { kind: "recall", post: 1, outcome: "ok", status: 200 })
    return this.#call(afterMs, { path: RECALL_PATH, msgid: `msgid ${call}` })
  }

  retry(afterMs: number, ...states: readonly string[]): this {
    return this.happen(afterMs, { kind: "retry", post: 1, states, outcome: "ok", status: 200, retried: 1 })
  }

  lookUp(afterMs: number, call: Partial<LedgerCall> = {}): this {
    return this.#call(afterMs, { path: LOOKUP_PATH, mobile: "13900000001", ...call })
  }

  token(afterMs: number, call: Partial<LedgerCall> = {}): this {
    return this.#call(afterMs, { path: TOKEN_PATH, ...call })
  }

  #call(afterMs: number, call: Partial<LedgerCall> & { readonly path: string }): this {
    const seq = this.calls.length + 1
    const node = call.node ?? 1
    const usual = {
      node,
      exchange: exchangeOf(seq, node),
      errcode: 0,
      sha256: `${seq}`,
      shown: [],
      suppressed: [],
      dropped: [],
    }
    this.calls.push({ seq, at: START + afterMs, ...usual, ...call })
    return this
  }
}

/** Kinds with their counts, as in `lost 1, duplicated 2`; empty when all is well. */
export function summary(judge: (evidence: Evidence) => readonly Fault[], run: RunByHand): string {
  const counts = new Map<string, number>()
  for (const { kind, count } of judge(run)) counts.set(kind, (counts.get(kind) ?? 0) + count)
  return [...counts].map(([kind, count]) => `${kind} ${count}`).join(", ")
}

/** The name of the exchange of the call with this number, from 1. */
export function exchangeOf(seq: number, node = 1): string {
  return `${node}.${seq}`
}

function topicFor(post: number): string {
  return `t${post}`
}

function idFor(post: number): string {
  return `msg_${post}`
}
