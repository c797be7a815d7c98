import { parentPort, workerData } from "node:worker_threads"
import { run } from "./run.ts"
import type { RunOptions, RunResult } from "./run.ts"

/** What a world's thread is started with, and what it tells. */
export type WorldOptions = Omit<RunOptions, "progress">
export type WorldMessage = { readonly progress: string } | { readonly result: RunResult }

/** A world in a thread of its own, so that two of them use two cores, and the memory of each goes with it. */
if (parentPort === null) throw new Error("this module runs in a worker thread")
const port = parentPort
const tell = (message: WorldMessage): void => port.postMessage(message)
const result = await run({ ...(workerData as WorldOptions), progress: (progress) => tell({ progress }) })
tell({ result })
