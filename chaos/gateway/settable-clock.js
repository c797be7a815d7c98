// Loaded into the gateway's process by NODE_OPTIONS, and into its threads: the clock is ahead by the number of milliseconds
// in the file that CHAOS_CLOCK names, or behind when that is negative, and follows when the file changes.
import { readFileSync } from "node:fs"
import { shiftDate } from "./shifted-date.js"

const LOOKS_EVERY_MS = 20

const read = () => Number(readFileSync(process.env.CHAOS_CLOCK, "latin1"))
let aheadMs = read()
setInterval(() => (aheadMs = read()), LOOKS_EVERY_MS).unref()
shiftDate(() => aheadMs)
