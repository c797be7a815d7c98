import { run } from "./run.ts"
import type { RunOptions, RunResult } from "./run.ts"

/** The message that a world's process gets once; below, the messages that it sends. */
export type WorldOptions = Omit<RunOptions, "progress">
export type WorldMessage = { readonly progress: string } | { readonly result: RunResult }

/** A world in a process of its own, so that two of them use two cores, and the memory of each goes with it. */
const tell = (message: WorldMessage): void => void process.send?.(message)
// The parent process has ended.
process.once("disconnect", () => process.exit(1))
process.once("message", (options: WorldOptions) => {
  void runWorld(options)
})

/** An error ends the process, and so the run. */
async function runWorld(options: WorldOptions): Promise<void> {
  const result = await run({ ...options, progress: (progress) => tell({ progress }) })
  tell({ result })
}
