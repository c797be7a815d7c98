import { chunkOf, slotOf } from "../../../model/recipients.ts"
import type { RecipientChunk, RecipientPosition } from "../../../model/recipients.ts"
import type { CallRef, MessageChange, RecipientUpdate, Settlement } from "../../../model/ports/outbox.ts"
import { HOUR_MS } from "../../testing/build.ts"
import type { StepOf } from "./random-steps.ts"

interface Answered {
  readonly call: number
  readonly positions: readonly RecipientPosition[]
  readonly now: number
}

type Outcome = Pick<Settlement, "result" | "final" | "spent" | "updates"> & Partial<Settlement>

/** The result of an attempt, as it is settled. */
export function outcomeOf(how: StepOf<"settle">["how"], { call, positions, now }: Answered): Outcome {
  const updates = (state: RecipientUpdate["state"], from = 0, to = positions.length): RecipientUpdate[] =>
    positions.slice(from, to).map((position) => ({
      chunk: chunkOf(position),
      slots: [slotOf(position)],
      from: ["pending"],
      state,
      call,
      userids: [`user-${position}`],
    }))
  const accepted = { result: "accepted", errcode: 0, msgid: `id-${call}`, final: true, spent: true } as const
  const open = { final: false, updates: [] } as const
  const retryAt = now + 5000
  const outcomes: Readonly<Record<typeof how, Outcome>> = {
    sent: { ...accepted, responseCode: "code", updates: updates("sent") },
    some: { ...accepted, errmsg: "ok", updates: [...updates("sent", 0, 1), ...updates("failed", 1)] },
    busy: { ...open, result: "refused", errcode: -1, errmsg: "system busy", spent: true, retryAt },
    lost: { ...open, result: "in_doubt", reason: "timeout", spent: true, retryAt },
    refused: { result: "refused", errcode: 81013, errmsg: "no", final: true, spent: true, updates: updates("failed") },
    notSent: { ...open, result: "not_sent", spent: false, problem: { code: "wecom_refused", errcode: 60020 } },
    givenUp: { result: "in_doubt", final: true, spent: true, updates: updates("in_doubt") },
  }
  return outcomes[how]
}

interface Changed {
  readonly chunks: readonly RecipientChunk[]
  readonly open: readonly CallRef[]
  /** Selects the recipient, where it is one. */
  readonly who: number
  readonly now: number
}

/** A change of a message without an answer of WeCom. */
export function changeOf(how: StepOf<"update">["how"], { chunks, open, who, now }: Changed): Partial<MessageChange> {
  type Update = Omit<RecipientUpdate, "chunk" | "slots">
  const forAll = (update: Update): RecipientUpdate[] =>
    chunks.map(({ index }) => ({ chunk: index, slots: "all", ...update }))
  const forOne = (update: Update): RecipientUpdate[] => {
    const one = chunks[who % chunks.length]
    return one === undefined ? [] : [{ chunk: one.index, slots: [who % one.states.length], ...update }]
  }
  const calls = open.map(({ number }) => number)
  const delay = { reason: "member_rate", delayedUntil: now + 60_000 }
  const changes: Readonly<Record<typeof how, Partial<MessageChange>>> = {
    cancel: { updates: forAll({ from: ["pending"], state: "cancelled" }), closeCalls: calls },
    cancelOne: { updates: forOne({ from: ["pending"], state: "cancelled" }) },
    retry: {
      updates: forAll({ from: ["failed", "expired", "cancelled"], state: "pending", userids: null }),
      expiry: { expiresAt: now + HOUR_MS },
    },
    expire: { updates: forAll({ from: ["pending"], state: "expired" }), closeCalls: calls },
    delay: { updates: forOne({ from: ["pending"], state: "pending", userids: ["found"], detail: delay }) },
    problem: { problem: { code: "app_paused" } },
    mended: { problem: null },
    abandon: { updates: forAll({ from: ["pending"], state: "in_doubt" }), abandonCalls: calls },
    recall: { updates: forAll({ from: ["sent"], state: "recalled", ofCall: 1 }), recalledCalls: [1] },
  }
  return changes[how]
}
