// Loaded into the gateway's process by NODE_OPTIONS: the clock of its machine is an hour ahead.
import { shiftDate } from "./shifted-date.js"

shiftDate(() => 3_600_000)
