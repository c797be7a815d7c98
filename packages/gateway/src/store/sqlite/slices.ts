import { setImmediate as immediate } from "node:timers/promises"
import type { AfterCommit, GroupCommit } from "./group-commit.ts"

/**
 * Works in transactions of its own, one after another, with the event loop free in between: a change of a million rows
 * in one would block everything else for seconds.
 * @param work changes at most so many rows. @returns whether there may be more to do
 */
export async function inSlices(
  commit: GroupCommit,
  work: (rows: number, after: AfterCommit) => boolean,
  rows = ROWS_PER_SLICE,
): Promise<void> {
  while (await commit.submit({ kind: "inside", work: (after) => work(rows, after) })) await immediate()
}

/** Some five milliseconds, where each row is in several indexes. */
export const ROWS_PER_SLICE = 50
