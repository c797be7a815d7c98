import { setTimeout as sleep } from "node:timers/promises"
import type { Trouble } from "../history.ts"
import { http, mustAnswer } from "../lib/http.ts"
import type { Random } from "../lib/random.ts"
import { APPS } from "../world.ts"
import type { Day } from "./day.ts"
import type { Step } from "./day-node.ts"

/** Meets a trouble, and resolves when all is right again. */
export type MeetTrouble = (day: Day, random: Random) => Promise<void>

/** The troubles that need nothing but a gateway and its WeCom. */
export const TROUBLES_OF_ANY = { content, clock, storm, frozen } as const satisfies Partial<
  Record<Trouble, MeetTrouble>
>

/** Something between gateway and WeCom answers one content with HTML, or cuts its connection; some of it arrives all the same. */
async function content(day: Day, random: Random): Promise<void> {
  const { load, simulatorUrl } = day
  const marker = `marked-${random.integer(1, 1e9)}`
  const kind = random.weighted({ "403": 3, "502": 3, cut_before: 2, cut_after: 2 })
  const fault = { path: "message/send", match: marker, times: 1_000_000, ...EFFECTS[kind](random.chance(0.3)) }
  await day.during("content", null, kind, async () => {
    await mustAnswer({ url: `${simulatorUrl}/_sim/faults`, method: "POST", body: fault })
    const app = random.pick(APPS).name
    for (let left = random.integer(1, 4); left > 0; left--) {
      const to = [random.integer(1, FEW)]
      const priority = random.pick(["high", "normal"])
      const times = day.clocks.areRight ? { expiresInMs: HOUR_MS } : {}
      day.leave(load.post({ app, to, marker, priority, mayWait: true, isAnsweredBadly: true, ...times }))
      await sleep(random.integer(0, 500))
    }
    await sleep(random.integer(2000, 9000))
    await removeFault(simulatorUrl, marker)
  })
}

const EFFECTS = {
  "403": (acts: boolean) => ({ kind: "html", status: 403, acts }),
  "502": (acts: boolean) => ({ kind: "html", status: 502, acts }),
  cut_before: () => ({ kind: "reset_before" }),
  cut_after: () => ({ kind: "reset_after" }),
} as const

/** Retries, because between the two requests another fault may be removed or used up, which changes the numbers. */
async function removeFault(simulatorUrl: string, marker: string): Promise<void> {
  for (;;) {
    const url = `${simulatorUrl}/_sim/faults`
    const { faults } = await mustAnswer<{ faults: readonly { readonly match?: string }[] }>({ url })
    const nth = faults.findIndex(({ match }) => match === marker)
    if (nth < 0) return
    const body = { nth, fault: faults[nth] }
    const { status } = await http({ url: `${url}/remove`, method: "POST", body, connection: "new" })
    if (status === 200) return
  }
}

/** The clock of one machine, or of all, is days wrong, and is set right. */
async function clock(day: Day, random: Random): Promise<void> {
  const some = random.chance(0.5) ? day.nodes : [random.pick(day.nodes)]
  const byMs = random.pick([-1, 1]) * random.integer(1, 40 * 24) * HOUR_MS
  const node = some.length === day.nodes.length ? null : (some[0]?.number ?? null)
  using _ = await day.takeClocks()
  day.clocks.areRight = false
  day.clocks.wereWrong = true
  while (day.load.openWithTimes > 0) await sleep(20)
  await day.during("clock", node, `${Math.round(byMs / HOUR_MS)} h`, async () => {
    for (const { clock } of some) clock.set(byMs)
    await sleep(random.integer(1000, 5000))
    for (const { clock } of some) clock.set(0)
    // Wait until each process has read its clock file.
    await sleep(200)
  })
  day.clocks.areRight = true
}

/** Posts more messages to one member than may go out in a minute. */
async function storm(day: Day, random: Random): Promise<void> {
  const app = random.pick(APPS).name
  const count = random.integer(31, 45)
  const person = day.load.nextOutsider()
  await day.during("storm", null, `${count} of ${app}`, async () => {
    const posts = Array.from({ length: count }, () => day.load.post({ app, to: [person], mayWait: true }))
    await Promise.all(posts)
  })
}

/** One gateway is paused for longer than others wait before they take over what it has. */
async function frozen(day: Day, random: Random): Promise<void> {
  const node = random.pick(day.nodes)
  const step = stepOf(day)
  // No other gateway takes over from one that is alone.
  const forMs = day.nodes.length === 1 ? random.integer(1000, 5000) : random.integer(10_500, 13_000)
  const standStill = async (): Promise<void> => {
    const cameThere = await node.standStillAt(step)
    await day.during("frozen", node.number, cameThere ? step : `somewhere, in vain for ${step}`, async () => {
      await sleep(forMs)
      await node.goOn()
    })
  }
  if (step === "gettoken") await day.revokeTokens()
  if (step !== "start") return standStill()
  // A gateway whose database refuses it or does not answer during its start may end.
  using _ = await day.takeDatabase()
  using _clocks = await day.takeClocks()
  await day.during("frozen", node.number, "from its end until it takes requests", () => node.start(standStill))
}

/**
 * With SQLite, times come from the machine's clock. When that clock was set forward while one process ran, the next process
 * that starts within a minute may take earlier calls for older than they are. So, on SQLite, no process starts after a clock
 * was wrong.
 */
function stepOf(day: Day): Step {
  const step = day.nextStep()
  if (step === "gettoken" && !day.mayRevokeTokens) return "begin"
  return step === "start" && day.nodes.length === 1 && day.clocks.wereWrong ? "begin" : step
}

/** How many members get the marked messages: other messages of the app do not wait for the rates of these members. */
const FEW = 50
const HOUR_MS = 3_600_000
