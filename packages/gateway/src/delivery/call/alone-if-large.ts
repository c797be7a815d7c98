import { setImmediate as immediate } from "node:timers/promises"
import { LARGE_TEXT } from "../../model/large-text.ts"
import type { RunDeps } from "./run-context.ts"

/**
 * Work on a text of megabytes takes tens of milliseconds. So only one such work runs at a time, in a turn of the event loop
 * of its own.
 */
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
