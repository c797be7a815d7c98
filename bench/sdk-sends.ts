import { startServer } from "./lib/child.ts"
import { whyNoOracles } from "./lib/oracles.ts"
import { packed } from "./lib/packed.ts"
import type { Report } from "./lib/report.ts"
import { median, takeTurns } from "./lib/rounds.ts"
import type { Runner } from "./lib/rounds.ts"

const ROUND = { roundMs: 2000, inFlight: 50 }
/** Until then the compiler works beside each client; the more code a client has, the longer. */
const WARM_UP = { roundMs: 8000, inFlight: 50 }
const ROUNDS = 7

/**
 * Compares text sends of the SDK, 50 in flight, with a raw undici Pool, with one whose calls have a deadline as those of the SDK,
 * and with node-easywechat, on the same stub. Each client has a process of its own, as in a program with only one client: in one
 * process, each would also pay for the garbage of the others.
 */
export async function sdkSends(report: Report): Promise<void> {
  await using resources = new AsyncDisposableStack()
  const stub = resources.use(await startServer("lib/stub.ts"))
  const { home } = await packed()
  const cpu = {
    raw: [] as number[],
    rawWithDeadline: [] as number[],
    sdk: [] as number[],
    easywechat: [] as number[],
  }
  const runner = async (name: keyof typeof cpu): Promise<Runner> => {
    const client = resources.use(await startServer("lib/sender.ts", [name, String(stub.port), home]))
    let next = WARM_UP
    const round = async (): Promise<number> => {
      const measured = client.told<{ perSecond: number; cpuMicroseconds: number }>("measured")
      client.process.send(next)
      next = ROUND
      const { perSecond, cpuMicroseconds } = await measured
      cpu[name].push(cpuMicroseconds)
      return perSecond
    }
    return { name, round }
  }
  const runners = [await runner("raw"), await runner("rawWithDeadline"), await runner("sdk")]
  const withoutPeer = whyNoOracles()
  if (withoutPeer === undefined) runners.push(await runner("easywechat"))
  const result = await takeTurns(runners, { rounds: ROUNDS })
  const told = (name: keyof typeof cpu): string =>
    // The first round is a warm-up, here too.
    `${Math.round(result.rate(name))}/s at ${median(cpu[name].slice(1)).toFixed(1)} µs of processor time each`
  // The same work: each send of the SDK has a deadline and can be aborted. The note says what that costs the peer.
  const same = {
    what: "SDK text sends / raw undici Pool",
    measured: result.ratio("sdk", "rawWithDeadline"),
    atLeast: 0.8,
  }
  report.add({ ...same, note: `${told("sdk")}; raw Pool, each call with a deadline, ${told("rawWithDeadline")}` })
  report.note(
    `beside a raw Pool whose calls have no deadline: ${result.ratio("sdk", "raw").toFixed(2)} ×; that Pool ${told("raw")}`,
  )
  const besidePeer = "SDK text sends / node-easywechat"
  if (withoutPeer !== undefined) return report.leaveOut(besidePeer, withoutPeer)
  const peer = { what: besidePeer, measured: result.ratio("sdk", "easywechat"), atLeast: 4 }
  report.add({ ...peer, note: `node-easywechat ${told("easywechat")}` })
}
