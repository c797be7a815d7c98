import assert from "node:assert/strict"
import { setTimeout as sleep } from "node:timers/promises"
import type { ClaimedMessage } from "../../../model/ports/outbox.ts"
import type { NextTurn, Readiness, Turn, Worker, WorkQueue, WorkPlace } from "../../../model/ports/work.ts"

export interface QueueUnderTest extends AsyncDisposable {
  readonly queue: WorkQueue
  readonly worker: PatientWorker
  /** The most messages of one app and priority that are handed out at a time. */
  readonly mostOfAnApp: number
  /** By the clock that decides what is due. */
  now(): number
  advance(ms: number): Promise<void>
  post(ids: readonly string[], app?: string): Promise<void>
  finish(id: string): Promise<void>
  /** Gives a message that this queue has handed out to another node, and reports it. */
  takeAway(): Promise<void>
  /** Tells the queue to hand nothing out any more. */
  stop(): void
  /** Resolves when everything that should be handed out has been. */
  quiet(): Promise<void>
  /** For how long something is waited for; a minute unless given. */
  readonly patienceMs?: number
}

export type OpenQueue = () => Promise<QueueUnderTest>

interface Handed {
  readonly messageId: string
  readonly slot: WorkPlace
  isLost: boolean
  /** Gives it back. */
  readonly end: (next?: NextTurn) => void
}

/** Keeps its messages until the test gives them back. */
export class PatientWorker implements Worker {
  readonly handed: Handed[] = []
  readonly readinessOf = new Map<string, Readiness>()

  ready = (): Promise<void> => Promise.resolve()

  readiness = (app: string): Promise<Readiness> => Promise.resolve(this.readinessOf.get(app) ?? { kind: "open" })

  endExpired = (): Promise<boolean> => Promise.resolve(false)

  begin = ({ messageId }: ClaimedMessage, slot: WorkPlace): Turn => {
    const { promise, resolve } = Promise.withResolvers<NextTurn | undefined>()
    const handed: Handed = { messageId, slot, isLost: false, end: resolve }
    this.handed.push(handed)
    return {
      ended: promise,
      interrupt: () => undefined,
      lose: () => {
        handed.isLost = true
        resolve(undefined)
      },
    }
  }

  get ids(): readonly string[] {
    return this.handed.map(({ messageId }) => messageId)
  }

  async count(expected: number): Promise<readonly string[]> {
    await until(() => this.handed.length >= expected)
    assert.equal(this.handed.length, expected)
    return this.ids
  }
}

export interface QueueRule {
  readonly title: string
  check(open: OpenQueue): Promise<void>
}

function queueRule(title: string, body: (under: QueueUnderTest) => Promise<void>): QueueRule {
  return {
    title,
    async check(open) {
      await using under = await open()
      await body(under)
    },
  }
}

/** The rules of every work queue. */
export const workQueueRules: readonly QueueRule[] = [
  // proves 12.G3: the work queue, a port
  queueRule("nothing is handed out before the start, and then each due message once", async (under) => {
    await under.post(["msg_1", "msg_2"])
    under.queue.wake()
    await under.quiet()
    assert.deepEqual(under.worker.ids, [])
    under.queue.start(under.worker)
    await until(() => under.worker.handed.length >= 2, under.patienceMs)
    under.queue.wake()
    await under.quiet()
    assert.deepEqual((await under.worker.count(2)).toSorted(), ["msg_1", "msg_2"])
  }),

  // proves 12.G3: the work queue, a port
  queueRule("what is given back comes again at its time, and the node that gave it back is informed", async (under) => {
    under.queue.start(under.worker)
    await under.post(["msg_1"])
    await under.worker.count(1)
    let isGivenBack = false
    under.worker.handed[0]?.end({ atMs: under.now() + 60_000, onGivenBack: () => (isGivenBack = true) })
    await until(() => isGivenBack, under.patienceMs)
    assert.ok(isGivenBack, "no one got the notice")
    await under.quiet()
    assert.equal(under.worker.handed.length, 1)
    await under.advance(61_000)
    assert.deepEqual(await under.worker.count(2), ["msg_1", "msg_1"])
  }),

  // proves 12.R11: a stop during a slow upload
  queueRule("what the queue has taken when it is stopped is not begun", async (under) => {
    const answer = Promise.withResolvers<Readiness>()
    let isAsked = false
    under.worker.readiness = () => {
      isAsked = true
      return answer.promise
    }
    under.queue.start(under.worker)
    await under.post(["msg_1"])
    await until(() => isAsked, under.patienceMs)
    assert.ok(isAsked, "nothing was taken")
    under.stop()
    answer.resolve({ kind: "open" })
    await under.quiet()
    assert.deepEqual(under.worker.ids, [])
    await under.queue.idle()
  }),

  queueRule("what is finished is not handed out again", async (under) => {
    under.queue.start(under.worker)
    await under.post(["msg_1"])
    await under.worker.count(1)
    await under.finish("msg_1")
    under.worker.handed[0]?.end({ atMs: under.now() })
    await under.queue.idle()
    await under.advance(61_000)
    await under.quiet()
    assert.equal(under.worker.handed.length, 1)
  }),

  // proves 12.G3: the work queue, a port
  queueRule(
    "of an app that is closed one message at a time is handed out, from the time on at which it may try",
    async (under) => {
      const probeAtMs = under.now() + 60_000
      under.worker.readinessOf.set("alerts", { kind: "closed", probeAtMs })
      under.queue.start(under.worker)
      await under.post(["msg_1", "msg_2", "msg_3"])
      await under.quiet()
      assert.equal(under.worker.handed.length, 0)
      await under.advance(61_000)
      assert.deepEqual(await under.worker.count(1), ["msg_1"])
      under.queue.wake({ app: "alerts" })
      await under.quiet()
      assert.equal(under.worker.handed.length, 1, "the first finds out for all")
      under.worker.readinessOf.set("alerts", { kind: "open" })
      under.queue.wake({ app: "alerts" })
      await under.worker.count(3)
    },
  ),

  queueRule("the message that found an app open brings the others", async (under) => {
    under.worker.readinessOf.set("alerts", { kind: "closed", probeAtMs: under.now() })
    under.queue.start(under.worker)
    await under.post(["msg_1", "msg_2", "msg_3"])
    await under.worker.count(1)
    under.worker.readinessOf.delete("alerts")
    under.worker.handed[0]?.end({ atMs: under.now() + 60_000 })
    assert.deepEqual((await under.worker.count(3)).toSorted(), ["msg_1", "msg_2", "msg_3"])
  }),

  queueRule("of an app that cannot be used nothing is handed out, until it is changed", async (under) => {
    under.worker.readinessOf.set("alerts", { kind: "unusable" })
    under.queue.start(under.worker)
    await under.post(["msg_1"])
    await under.post(["msg_2"], "hr")
    assert.deepEqual(await under.worker.count(1), ["msg_2"])
    await under.quiet()
    under.worker.readinessOf.delete("alerts")
    under.queue.wake({ app: "alerts" })
    assert.deepEqual(await under.worker.count(2), ["msg_2", "msg_1"])
  }),

  queueRule("so many of an app are handed out and no more, until some are given back", async (under) => {
    const most = under.mostOfAnApp
    await under.post(numbered(most + 100))
    under.queue.start(under.worker)
    await under.worker.count(most)
    await under.quiet()
    assert.equal(under.worker.handed.length, most)
    for (const { messageId, end } of under.worker.handed.slice(0, most / 2)) {
      await under.finish(messageId)
      end({ atMs: under.now() })
    }
    await under.worker.count(most + 100)
  }),

  queueRule("an app with much to do does not keep another from its turn", async (under) => {
    await under.post(numbered(under.mostOfAnApp + 100))
    under.queue.start(under.worker)
    await under.worker.count(under.mostOfAnApp)
    await under.post(["msg_hr"], "hr")
    assert.equal((await under.worker.count(under.mostOfAnApp + 1)).at(-1), "msg_hr")
  }),

  // proves 12.G3: the work queue, a port
  queueRule("a message that another node has is lost, and not given back", async (under) => {
    under.queue.start(under.worker)
    await under.post(["msg_1"])
    await under.worker.count(1)
    await under.takeAway()
    await until(() => under.worker.handed[0]?.isLost === true, under.patienceMs)
    assert.equal(under.worker.handed[0]?.isLost, true)
    await under.queue.idle()
  }),
]

/** A queue that does one thing wrong, and the rule that must notice. */
export interface BrokenQueue {
  readonly name: string
  readonly caughtBy: string
  readonly damage: (worker: Worker) => Partial<Worker>
}

export const BROKEN_QUEUES: readonly BrokenQueue[] = [
  {
    name: "hands out a message twice",
    caughtBy: "nothing is handed out before the start, and then each due message once",
    damage: (worker) => ({
      begin(claimed, slot) {
        worker.begin(claimed, slot)
        return worker.begin(claimed, slot)
      },
    }),
  },
  {
    name: "hands out at once what is due later",
    caughtBy: "what is given back comes again at its time, and the node that gave it back is informed",
    damage: changingEnd((next) => ({ ...next, atMs: 0 })),
  },
  {
    name: "does not report what has been given back",
    caughtBy: "what is given back comes again at its time, and the node that gave it back is informed",
    damage: changingEnd(({ atMs }) => ({ atMs })),
  },
  {
    name: "begins what it has taken after its stop",
    caughtBy: "what the queue has taken when it is stopped is not begun",
    damage: (worker) => ({
      readiness: () => Promise.resolve({ kind: "open" }),
      begin(claimed, slot) {
        const begun = worker.readiness(claimed.message.app).then(() => worker.begin(claimed, slot))
        return { ended: begun.then(({ ended }) => ended), interrupt: () => {}, lose: () => {} }
      },
    }),
  },
  {
    name: "hands out what is of a closed app",
    caughtBy: "of an app that is closed one message at a time is handed out, from the time on at which it may try",
    damage: () => ({ readiness: () => Promise.resolve({ kind: "open" }) }),
  },
  {
    name: "takes an app that cannot be used for one that can",
    caughtBy: "of an app that cannot be used nothing is handed out, until it is changed",
    damage: () => ({ readiness: () => Promise.resolve({ kind: "open" }) }),
  },
  {
    name: "does not report that a message is lost",
    caughtBy: "a message that another node has is lost, and not given back",
    damage: (worker) => ({
      begin: (claimed, slot) => ({ ended: worker.begin(claimed, slot).ended, interrupt: () => {}, lose: () => {} }),
    }),
  },
]

export function damagedQueue(open: OpenQueue, { damage }: BrokenQueue): OpenQueue {
  return async () => {
    const under = await open()
    const { queue } = under
    return {
      ...under,
      // Longer than a good queue takes on a machine that has little else to do: some of these never come to it.
      patienceMs: 5000,
      queue: {
        start(worker) {
          queue.start({ ...plain(worker), ...damage(worker) })
        },
        wake: (due) => queue.wake(due),
        clockJumped: () => queue.clockJumped(),
        interruptAtOthers: (id) => queue.interruptAtOthers(id),
        endedAtOthers: (id) => queue.endedAtOthers(id),
        idle: () => queue.idle(),
      },
      [Symbol.asyncDispose]: () => under[Symbol.asyncDispose](),
    }
  }
}

function plain(worker: Worker): Worker {
  return {
    ready: () => worker.ready(),
    readiness: (app) => worker.readiness(app),
    endExpired: () => worker.endExpired(),
    begin: (claimed, slot) => worker.begin(claimed, slot),
  }
}

function changingEnd(change: (next: NextTurn) => NextTurn): BrokenQueue["damage"] {
  return (worker) => ({
    begin(claimed, slot) {
      const turn = worker.begin(claimed, slot)
      const ended = async (): Promise<NextTurn | undefined> => {
        const next = await turn.ended
        return next && change(next)
      }
      return { ended: ended(), interrupt: () => turn.interrupt(), lose: () => turn.lose() }
    },
  })
}

function numbered(count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => `msg_${n}`)
}

async function until(isSo: () => boolean, patienceMs = LONGEST_WAIT_MS): Promise<void> {
  for (const end = Date.now() + patienceMs; !isSo() && Date.now() < end; await sleep(5));
}

/** On a machine that has much else to do. */
const LONGEST_WAIT_MS = 60_000
