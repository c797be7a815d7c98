// A process with only a gateway's governor: makes calls and look-ups as it permits, and reports to its parent, which is
// WeCom here, when the bytes of each would go out. Each is under way until the parent has answered. node … DATABASE
// [stands]: with `stands` its clock does not notice that the process hung.
import { randomInt } from "node:crypto"
import { writeSync } from "node:fs"
import { createInterface } from "node:readline"
import { setTimeout as sleep } from "node:timers/promises"
import { aTarget } from "../../../../model/testing/a-target.ts"
import { JumpAwareClock } from "../../../../model/jump-aware-clock.ts"
import { StorageError } from "../../../../model/storage-error.ts"
import { AllCalls } from "../../../../limits/all-calls.ts"
import { sharedGovernors } from "../../../../limits/shared-governors.ts"
import { openNode } from "../open-store.ts"
import { anOwner } from "../../../../limits/testing/an-owner.ts"

const [, , url = "", stands] = process.argv
const FEW_MEMBERS = 5
const LOOKUPS_PER_MINUTE = 30

if (stands === "stands") {
  const running = performance.now.bind(performance)
  let [shownMs, lastMs] = [running(), running()]
  performance.now = () => {
    const nowMs = running()
    shownMs += Math.min(100, nowMs - lastMs)
    lastMs = nowMs
    return shownMs
  }
  setInterval(() => performance.now(), 20)
}

const { stores, counts } = await openNode(url)
const clock = new JumpAwareClock({ now: Date.now, monotonic: () => performance.now(), sleep: (ms) => sleep(ms) })
const governors = sharedGovernors(counts)({
  ...stores,
  clock,
  log: { info: nothing, warn: nothing, error: nothing },
  random: Math.random,
  stopping: new AbortController().signal,
  allCalls: new AllCalls(100),
  onOpened: nothing,
  onDoubted: nothing,
  ratesOf: () => ({ members: undefined, countsChats: false }),
  keysIn: () => [],
})
const [app] = await stores.apps.list()
if (app === undefined) throw new Error("there is no app")
const governor = await governors.open(app)
const pace = { lookupMissBudget: 1000, lookupsPerMinute: LOOKUPS_PER_MINUTE, lookupsPerHour: null }
const lookups = governors.lookupPermits(app.corpId, "look-ups", () => Promise.resolve(pace))

let last = 0
const answers = new Map<number, () => void>()
createInterface({ input: process.stdin }).on("line", (line) => answers.get(Number(line))?.())

/** One of a few members, who are meant to get more than they may. */
const few = (): string => `few${randomInt(FEW_MEMBERS)}`
const another = (): string => `${process.pid}-${++last}`
for (const member of [few, few, few, another, another, another, another, another, another])
  void forEver(() => call(member()))
void forEver(lookUp)

async function forEver(work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      await sleep(100)
    }
  }
}

/** In the order in which a delivery asks for all it needs, and gives it back. */
async function call(member: string): Promise<void> {
  await using reservation = governor.reserve("normal", anOwner())
  if (reservation.add(member) !== undefined) return await sleep(250)
  const { going } = await reservation.take([aTarget(member, 0)])
  if (going.length === 0) return await sleep(250)
  using permit = await governor.permit("normal")
  if (permit === undefined || !(await permit.startSending()) || !(await reservation.renew())) return
  await exchange(`call ${member}`)
  permit[Symbol.dispose]()
  reservation.ended(clock.steady.now())
  await reservation.settle([])
}

async function lookUp(): Promise<void> {
  using _place = await lookups.take()
  await exchange("lookup")
}

/** The report is written in the same turn of the event loop in which the permit was given. */
function exchange(what: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const id = ++last
  answers.set(id, resolve)
  writeSync(1, `${id} ${what}\n`)
  return promise.finally(() => answers.delete(id))
}

function nothing(): void {}
