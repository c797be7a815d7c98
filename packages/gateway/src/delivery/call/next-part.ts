import type { NextPart } from "./call-planner.ts"
import type { RunContext } from "./run-context.ts"

/** While no call has been made. */
export const FIRST_PART: NextPart = () => 0

/**
 * Where recipients of a message in parts stand. After an accepted call comes the next part, after any other the same
 * again.
 */
export async function readNextParts(run: RunContext): Promise<NextPart> {
  if (run.partCount === 1) return FIRST_PART
  const next = new Map<number, number>()
  let cursor: string | undefined
  do {
    const page = await run.deps.reader.calls({
      messageId: run.message.id,
      limit: 1000,
      ...(cursor !== undefined && { cursor }),
    })
    for (const { number, part, result } of page.items) {
      next.set(number, Math.min(result === "accepted" ? part + 1 : part, run.partCount - 1))
    }
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return (lastCall) => (lastCall === null ? 0 : (next.get(lastCall) ?? 0))
}
