import type { Random } from "../lib/random.ts"
import type { WireFault } from "../proxy/line.ts"

/**
 * Draws a network fault. Faults that cost a whole timeout are rare, or the run would only wait.
 * @param hangs whether such faults are drawn
 */
export function wireFault(random: Random, hangs: boolean): WireFault {
  const kind = random.weighted({
    reset_at_once: 4,
    reset_request: 4,
    reset_reply: 6,
    fin_reply: 4,
    delay_reply: 3,
    drip_reply: 2,
    black_hole: hangs ? 0.5 : 0,
    swallow_reply: hangs ? 0.5 : 0,
  })
  switch (kind) {
    case "reset_request":
    case "reset_reply":
    case "fin_reply":
      return { kind, afterBytes: random.integer(0, 300) }
    case "delay_reply":
      return { kind, ms: random.integer(1, 300) }
    case "drip_reply":
      return { kind, pieceBytes: random.integer(1, 40), everyMs: random.integer(1, 20) }
    case "reset_at_once":
    case "black_hole":
    case "swallow_reply":
      break
  }
  return { kind }
}
