import { residentBytes, startServer } from "./lib/child.ts"
import { rawPoolSender } from "./lib/raw-pool.ts"
import type { Report } from "./lib/report.ts"
import { inRounds } from "./lib/rounds.ts"
import { simulate, type Simulator } from "./lib/simulate.ts"

/** Compares the simulator with the minimal stub, both called by the same raw undici Pool; and measures its memory over time. */
export async function simulator(report: Report): Promise<void> {
  await using stub = await startServer("lib/stub.ts")
  await using sim = await simulate()
  const toStub = rawPoolSender(stub.port)
  const toSim = rawPoolSender(sim.port, { token: await tokenOf(sim) })
  const result = await inRounds([
    { name: "stub", once: toStub.once },
    { name: "simulator", once: toSim.once },
  ])
  const note = "its limits switched off by PUT /_sim/settings"
  report.add({ what: "simulator / minimal stub", measured: result.ratio("simulator", "stub"), atLeast: 0.4, note })

  await memory(report, sim, toSim.once)
  await Promise.all([toStub.close(), toSim.close()])
}

const MESSAGES = 1_000_000

/** Flat means that the second half of the messages needs no more memory than the first, within the collector's variation. */
async function memory(report: Report, sim: Simulator, once: () => Promise<unknown>): Promise<void> {
  const afterEighth: number[] = []
  for (let eighth = 0; eighth < 8; eighth++) {
    let left = MESSAGES / 8
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        while (left-- > 0) await once()
      }),
    )
    afterEighth.push(await residentBytes(sim.pid))
  }
  const half = Math.max(...afterEighth.slice(0, 4))
  const whole = Math.max(...afterEighth.slice(4))
  report.add({
    what: "simulator's memory, peak over the second 500,000 messages / over the first",
    measured: whole / half,
    atMost: 1.1,
    note: `${Math.round(whole / 1e6)} MB`,
  })
}

async function tokenOf(sim: Simulator): Promise<string> {
  const response = await fetch(
    `http://127.0.0.1:${sim.port}/cgi-bin/gettoken?corpid=ww0000000000000001&corpsecret=sim-secret-alerts`,
  )
  return ((await response.json()) as { access_token: string }).access_token
}
