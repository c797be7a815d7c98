import type { Deferred, Governor, Permit, Reservation } from "../../model/ports/governor.ts"
import type { OpenGovernor } from "./governor-rules.ts"

/** A governor that does one thing wrong, and the rule that must notice. */
export interface BrokenGovernor {
  readonly name: string
  readonly caughtBy: string
  readonly damage: (open: OpenGovernor) => OpenGovernor
}

export const BROKEN_GOVERNORS: readonly BrokenGovernor[] = [
  {
    name: "leaks a permit",
    caughtBy: "as many calls of an app as its limit at a time; the next one waits until one has ended",
    damage: withPermits((good) => ({ ...calls(good), [Symbol.dispose]: () => undefined })),
  },
  {
    name: "makes room twice for one permit",
    caughtBy: "a permit that is given back twice makes room for one",
    damage: (open) => (limits) => open({ ...limits, concurrentCalls: (limits.concurrentCalls ?? 50) + 1 }),
  },
  {
    name: "keeps a permit in line for a socket that was given back",
    caughtBy: "a permit that is given back while it waits for a socket gets none, and the next one does",
    damage: withPermits((good) => {
      let isWaiting = false
      return {
        noteExchange: (ms) => good.noteExchange(ms),
        startSending() {
          const asked = good.startSending()
          isWaiting = asked instanceof Promise
          return asked
        },
        [Symbol.dispose]: () => {
          if (!isWaiting) good[Symbol.dispose]()
        },
      }
    }),
  },
  {
    name: "ignores the number of sockets",
    caughtBy: "all apps together have no more calls on the wire than there are sockets",
    damage: (open) => (limits) => open({ ...limits, sockets: 1000 }),
  },
  {
    name: "takes high for bulk, and bulk for high",
    caughtBy: "high priority goes first, and bulk keeps a tenth",
    damage: governed((good) => ({
      permit: (priority) => good.permit(({ high: "bulk", normal: "normal", bulk: "high" } as const)[priority]),
    })),
  },
  {
    name: "counts a member twice",
    caughtBy: "what is beyond a member's minute waits until there is room, and says why",
    damage: withReservations((good) => ({
      add(key) {
        good.add(key)
        return good.add(key)
      },
    })),
  },
  {
    name: "forgets the hour",
    caughtBy: "what is beyond a member's hour waits until there is room",
    damage: (open) => (limits) => open({ ...limits, memberPerHour: 1_000_000 }),
  },
  {
    name: "returns a time at which there is no room yet",
    caughtBy: "one that must wait gets the time: then there is room, and not before",
    damage: withReservations((good) => ({
      add: (key) => earlier(good.add(key)),
      async take(targets) {
        const { going, deferred } = await good.take(targets)
        return { going, deferred: deferred.map((one) => earlier(one)) }
      },
    })),
  },
  {
    name: "keeps the room of an unsent call",
    caughtBy: "what was reserved and never sent is given back: members' room and the day's quota",
    damage: withReservations(() => ({ [Symbol.asyncDispose]: () => Promise.resolve() })),
  },
  {
    name: "gives back person-times that may have arrived",
    caughtBy: "what may have arrived counts, whatever happens to its reservation",
    damage: withReservations((good) => ({ ended: () => good.ended(undefined) })),
  },
  {
    name: "gives back nothing at the end of a call",
    caughtBy: "who certainly got nothing by a settled call costs no quota; the others do",
    damage: withReservations((good) => ({ settle: () => good.settle([]) })),
  },
  {
    name: "forgets a call that waits to be repeated",
    caughtBy: "a call that goes out again as it is keeps its quota meanwhile",
    damage: withReservations(() => ({ settle: () => Promise.resolve() })),
  },
  {
    name: "takes the quota of a half anew",
    caughtBy: "halves of a call are not asked for again: each member counts once, and so does the quota",
    damage: (open) => async (limits) => {
      const world = await open(limits)
      const reserve: Governor["reserve"] = (priority, owner) => {
        const good = world.governor.reserve(priority, owner)
        return reservationOf(good, {
          split: (targets) => {
            const part = world.governor.reserve(priority, owner)
            for (const { key } of targets) part.add(key)
            return part
          },
        })
      }
      return { ...world, governor: governorOf(world.governor, { reserve }) }
    },
  },
  {
    name: "sends to no member of a call that is too large for the day",
    caughtBy: "of a call that the day's quota is too small for those go who fit, from the first",
    damage: withReservations((good) => ({
      async take(targets) {
        const { going, deferred } = await good.take(targets)
        const untilMs = deferred[0]?.untilMs
        if (untilMs === undefined) return { going, deferred }
        return { going: [], deferred: targets.map((target) => ({ target, untilMs, reason: "day_quota" })) }
      },
    })),
  },
  {
    name: "counts a repeated call when it was first tried",
    caughtBy: "a call that goes out again without room, because that comes too late for it, counts at once",
    damage: governed((good) => ({
      async reserveAgain(targets, call) {
        const again = await good.reserveAgain(targets, call)
        if ("untilMs" in again) return again
        return reservationOf(again, { ended: () => again.ended(call.firstTryAtMs) })
      },
    })),
  },
  {
    name: "repeats a call without asking whether there is room",
    caughtBy: "a call that goes out again has to have room for all its members; until then it counts for no member",
    damage: governed((good) => ({
      reserveAgain: (targets, call) => good.reserveAgain(targets, { ...call, waitsUntilMs: -Infinity }),
    })),
  },
  {
    name: "lets a call that may have arrived wait for its own room",
    caughtBy: "a call that may have arrived goes again into the room that it took, for as long as that counts",
    damage: governed((good) => ({
      reserveAgain: (targets, call) => good.reserveAgain(targets, { ...call, mayHaveArrived: false }),
    })),
  },
  {
    name: "throws where its store fails",
    caughtBy: "giving back never throws, also where the store fails",
    damage: (open) => async (limits) => {
      const world = await open(limits)
      let isBroken = false
      const reserve: Governor["reserve"] = (priority, owner) => {
        const good = world.governor.reserve(priority, owner)
        return reservationOf(good, {
          [Symbol.asyncDispose]: () => (isBroken ? Promise.reject(new Error("broken")) : good[Symbol.asyncDispose]()),
        })
      }
      return {
        ...world,
        breakStore() {
          isBroken = true
          return world.breakStore()
        },
        governor: governorOf(world.governor, { reserve }),
      }
    },
  },
  {
    name: "lets every call try whether a closed app is open",
    caughtBy: "a configuration that WeCom refuses closes the app; after a while one call may try, and opens it",
    damage: governed((good) => {
      let given: Permit | undefined
      return {
        async permit(priority) {
          const permit = await good.permit(priority)
          given ??= permit
          return permit ?? given
        },
      }
    }),
  },
  {
    name: "counts by name",
    caughtBy: "two names of a party share its calls under way, its members' windows and its day's quota",
    damage: withOtherName((_, own) => own),
  },
  {
    name: "lets each name have as many calls as the party",
    caughtBy: "two names of a party share its calls under way, its members' windows and its day's quota",
    damage: withOtherName((shared, own) => governorOf(shared, { permit: (priority) => own.permit(priority) })),
  },
  {
    name: "keeps a day's quota for each name",
    caughtBy: "two names of a party share its calls under way, its members' windows and its day's quota",
    damage: withOtherName((shared, own) =>
      governorOf(shared, {
        reserve(priority, owner) {
          const reservation = shared.reserve(priority, owner)
          return reservationOf(reservation, { take: (targets) => own.reserve(priority, owner).take(targets) })
        },
      }),
    ),
  },
  {
    name: "does not close the other names on a refusal",
    caughtBy: "WeCom's refusal of any more closes all names of the party, and one call opens them all",
    damage: withOtherName((_, own) => own),
  },
  {
    name: "does not report an outage",
    caughtBy: "an outage is reported with its time: one call may try then, and its answer ends it",
    damage: governed(() => ({ standing: () => ({ closedUntil: undefined, why: undefined, outage: undefined }) })),
  },
  {
    name: "pauses all names of a party for the configuration of one",
    caughtBy: "a configuration that WeCom refuses closes the name it was seen with, and no other",
    damage: (open) => async (limits) => {
      const world = await open(limits)
      return { ...world, otherName: world.governor }
    },
  },
]

/** The governor of the other name: of a world of its own, or of this one except for the damage. */
function withOtherName(damage: (shared: Governor, own: Governor) => Governor): BrokenGovernor["damage"] {
  return (open) => async (limits) => {
    const world = await open(limits)
    return { ...world, otherName: damage(world.otherName, (await open(limits)).governor) }
  }
}

function governed(damage: (good: Governor) => Partial<Governor>): BrokenGovernor["damage"] {
  return (open) => async (limits) => {
    const world = await open(limits)
    return { ...world, governor: governorOf(world.governor, damage(world.governor)) }
  }
}

function withReservations(damage: (good: Reservation) => Partial<Reservation>): BrokenGovernor["damage"] {
  return governed((good) => ({
    reserve(priority, owner) {
      const reservation = good.reserve(priority, owner)
      return reservationOf(reservation, damage(reservation))
    },
  }))
}

function withPermits(damage: (good: Permit) => Permit): BrokenGovernor["damage"] {
  return governed((good) => ({
    async permit(priority) {
      const permit = await good.permit(priority)
      return permit && damage(permit)
    },
  }))
}

function earlier<T extends Deferred | undefined>(deferred: T): T {
  return deferred && { ...deferred, untilMs: deferred.untilMs - 500 }
}

function calls(good: Permit): Omit<Permit, typeof Symbol.dispose> {
  return { startSending: () => good.startSending(), noteExchange: (ms) => good.noteExchange(ms) }
}

function governorOf(good: Governor, damage: Partial<Governor>): Governor {
  return {
    reserve: (priority, owner) => good.reserve(priority, owner),
    reserveAgain: (targets, again) => good.reserveAgain(targets, again),
    permit: (priority) => good.permit(priority),
    report: (report) => good.report(report),
    closedUntilMs: () => good.closedUntilMs(),
    get nextProbeAtMs() {
      return good.nextProbeAtMs
    },
    get isUnreachable() {
      return good.isUnreachable
    },
    triesByAgentGet: (message) => good.triesByAgentGet(message),
    standing: () => good.standing(),
    ...damage,
  }
}

function reservationOf(good: Reservation, damage: Partial<Reservation>): Reservation {
  return {
    add: (key) => good.add(key),
    take: (targets) => good.take(targets),
    split: (targets) => good.split(targets),
    renew: () => good.renew(),
    ended: (atMs) => good.ended(atMs),
    settle: (unreached) => good.settle(unreached),
    [Symbol.asyncDispose]: () => good[Symbol.asyncDispose](),
    ...damage,
  }
}
