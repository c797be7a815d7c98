import { setImmediate as immediate } from "node:timers/promises"
import { LARGE_TEXT } from "../../model/large-text.ts"
import type { RunDeps } from "./run-context.ts"

/** With a text of megabytes it takes tens of milliseconds: one at a time, and in a turn of the loop that has nothing else. */
export async function aloneIfLarge<T>(
  { largeTexts }: Pick<RunDeps, "largeTexts">,
  text: string,
  work: () => T | Promise<T>,
): Promise<T> {
  if (text.length <= LARGE_TEXT) return work()
  using _alone = await largeTexts.take()
  await immediate()
  return await work()
}
