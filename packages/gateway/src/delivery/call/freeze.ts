import { hash } from "node:crypto"
import { guardedBody } from "@wecom-push/protocol/delivery"
import { aloneIfLarge } from "./alone-if-large.ts"
import { wayTo } from "../../channels/ways.ts"
import { RecipientUpdates } from "../../model/recipient-updates.ts"
import type { NewCall } from "../../model/ports/outbox.ts"
import type { CallTarget } from "../../model/target.ts"
import type { RunContext } from "./run-context.ts"

/** The share of one message in a call. */
export interface Share {
  readonly run: RunContext
  /** The number of the call within the message. */
  readonly number: number
  readonly targets: readonly CallTarget[]
}

/**
 * Makes the bytes of a call. The first share is that of the call's own message; the bytes name the people of the other
 * shares after those of the first.
 * @param text the part, unless it is as it was accepted
 */
export async function freezeCall(
  part: number,
  { run, number, targets }: Share,
  others: readonly Share[],
  text = run.message.parts[part] ?? "{}",
): Promise<NewCall> {
  const everybody = [...targets]
  await writeDownUserids(run, targets)
  for (const share of others) {
    await writeDownUserids(share.run, share.targets)
    everybody.push(...share.targets)
  }
  const content = { part: text, agentId: run.runtime.app.agentId, number }
  const { kind } = wayTo(run.runtime, targets[0]?.kind ?? "user")
  const { guard, ...guarded } = await aloneIfLarge(run.deps, text, () =>
    guardedBody(kind, everybody, content, run.message.duplicateCheck, sha256),
  )
  return {
    kind: kind.name,
    party: run.runtime.app,
    part,
    positions: positionsOf(targets),
    ...guarded,
    ...(guard !== undefined && { guard: { ...guard, windowMs: run.deps.clock.lookBack(guard.windowMs) } }),
    ...(others.length > 0 && { shares: others.map(toShare) }),
  }
}

function toShare({ run, number, targets }: Share) {
  const { messageId, claim } = run.claimed
  const touser = targets.map(({ id }) => id).join("|")
  return { messageId, claim, number, positions: positionsOf(targets), body: JSON.stringify({ touser }) }
}

function positionsOf(targets: readonly CallTarget[]) {
  return targets.flatMap(({ positions }) => positions)
}

/** After a crash the body gives each recipient's userid only if no two recipients are one member. */
async function writeDownUserids(run: RunContext, targets: readonly CallTarget[]): Promise<void> {
  const updates = new RecipientUpdates()
  for (const { kind, id, positions } of targets) {
    if (kind !== "user" || positions.length === 1) continue
    for (const position of positions) updates.add(position, { state: "pending" }, id)
  }
  if (!updates.isEmpty) await run.update({ updates: updates.list() })
}

function sha256(body: string): string {
  return hash("sha256", body, "base64url")
}
