// Loaded into the gateway's process by NODE_OPTIONS, and into its threads: the clock of its machine is ahead by so many
// milliseconds as the file of CHAOS_CLOCK says, below 0 behind, and follows when another number is put there.
import { readFileSync } from "node:fs"
import { shiftDate } from "./shifted-date.js"

const LOOKS_EVERY_MS = 20

const read = () => Number(readFileSync(process.env.CHAOS_CLOCK, "latin1"))
let aheadMs = read()
setInterval(() => (aheadMs = read()), LOOKS_EVERY_MS).unref()
shiftDate(() => aheadMs)
