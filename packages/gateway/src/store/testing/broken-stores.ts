import type { MessageState } from "@wecom-push/protocol/delivery"
import { isSameParty } from "../../model/party.ts"
import { LONGEST_ATTEMPT_MS } from "../../model/longest-attempt.ts"
import { FEWEST_COUNTED_BYTES } from "../../model/ports/media.ts"
import type { MediaHolding } from "../../model/ports/media.ts"
import type { MessageReader, MessageSummary, UnfinishedView } from "../../model/ports/reader.ts"
import { NOON, unfinishedIn } from "./build.ts"
import type { StoreUnderTest } from "./contract/rule.ts"
import type { LocalOutbox, LocalStores } from "../../model/ports/stores.ts"

/** A store that does one thing wrong, and the rule that must notice. */
export interface BrokenStore {
  readonly name: string
  readonly caughtBy: string
  readonly damage: (stores: LocalStores) => Partial<LocalStores>
}

export const BROKEN_STORES: readonly BrokenStore[] = [
  {
    name: "acknowledges before the commit",
    caughtBy: "what was accepted is there after a crash",
    damage: outbox(() => ({
      // Its commit would come after the crash.
      accept: () => Promise.resolve({ kind: "accepted", state: "queued" }),
    })),
  },
  {
    name: "forgets idempotency keys",
    caughtBy: "the same key and request again give the first message, and no second one",
    damage: outbox((good) => ({ accept: ({ message, chunks }) => good.accept({ message, chunks }) })),
  },
  {
    name: "forgets traces",
    caughtBy: "30.trace: the trace of a message is there after a crash, for its calls and its recall",
    damage: outbox((good) => ({
      accept(request) {
        const { trace: _, ...message } = request.message
        return good.accept({ ...request, message })
      },
    })),
  },
  {
    name: "forgets the app that else names",
    caughtBy: "a message comes back as it was given",
    damage: outbox((good) => ({
      accept(request) {
        const { otherwise: _, ...message } = request.message
        return good.accept({ ...request, message })
      },
    })),
  },
  {
    name: "takes messages of a revoked key",
    caughtBy: "what comes with a key that has been revoked is not taken, and keeps no other back",
    damage: outbox((good) => ({
      accept: (request) => good.accept({ ...request, message: { ...request.message, keyId: "key_of_no_record" } }),
    })),
  },
  {
    name: "takes messages of a removed source",
    caughtBy: "what comes of a source that has been removed is not taken, and keeps no other back",
    damage: outbox((good) => ({
      accept: (request) => {
        const { keyId } = request.message
        const taken = keyId.startsWith("src_") ? "key_of_no_record" : keyId
        return good.accept({ ...request, message: { ...request.message, keyId: taken } })
      },
    })),
  },
  {
    name: "does not compare requests under one key",
    caughtBy: "the same key with another request is refused, and stores nothing",
    damage: outbox((good) => ({
      accept: (request) =>
        good.accept(
          request.idempotency === undefined
            ? request
            : { ...request, idempotency: { ...request.idempotency, fingerprint: "any" } },
        ),
    })),
  },
  {
    name: "mixes up the keys of different clients",
    caughtBy: "the same key of another client is another key",
    damage: outbox((good) => ({
      accept: (request) =>
        good.accept(
          request.idempotency === undefined
            ? request
            : { ...request, idempotency: { ...request.idempotency, client: "anybody" } },
        ),
    })),
  },
  {
    name: "keeps a key that the end of its message frees",
    caughtBy: "a key that the end of its message frees is free from then on, and not before",
    damage: outbox((good) => ({
      accept(request) {
        if (request.idempotency === undefined) return good.accept(request)
        const { isFreedByEnd: _, ...idempotency } = request.idempotency
        return good.accept({ ...request, idempotency })
      },
    })),
  },
  {
    name: "frees every key with the end of its message",
    caughtBy: "a key that its time alone frees stays when its message is finished",
    damage: outbox((good) => ({
      accept: (request) =>
        good.accept(
          request.idempotency === undefined
            ? request
            : { ...request, idempotency: { ...request.idempotency, isFreedByEnd: true } },
        ),
    })),
  },
  {
    name: "hands out what is claimed",
    caughtBy: "a claimed message is not handed to a second dispatcher",
    damage: outbox((good) => ({ claim: (query) => good.claim({ ...query, leaseMs: 0 }) })),
  },
  {
    name: "keeps claims for ever",
    caughtBy: "a claim ends with its lease, and a later one has a greater number",
    damage: outbox((good) => ({ claim: (query) => good.claim({ ...query, leaseMs: 1e12 }) })),
  },
  {
    name: "lets any caller release",
    caughtBy: "who has lost a claim cannot release the message of the next",
    damage: outbox((good) => {
      const latest = new Map<string, number>()
      return {
        async claim(query) {
          const claimed = await good.claim(query)
          for (const { messageId, claim } of claimed) latest.set(messageId, claim)
          return claimed
        },
        release: (releases) =>
          good.release(releases.map((release) => ({ ...release, claim: latest.get(release.messageId) ?? 0 }))),
      }
    }),
  },
  {
    name: "knows no lanes",
    caughtBy: "of a lane only the first unfinished message is due, whatever its priority",
    damage: outbox((good) => ({
      accept(request) {
        const { orderKey: _, ...message } = request.message
        return good.accept({ ...request, message })
      },
    })),
  },
  {
    name: "keeps a lane closed while its head is at work",
    caughtBy: "the head lets its lane continue also while it is at work, and when it has no end yet",
    damage: outbox((good) => ({
      update(change) {
        const { holdsLaneUntil: _, ...others } = change
        return good.update(others)
      },
    })),
  },
  {
    name: "settles unfenced",
    caughtBy: "a settle that comes too late changes nothing",
    damage: outbox((good) => ({
      async settle(settlements) {
        const current = []
        for (const settlement of settlements) {
          const calls = await good.openCalls(settlement.messageId)
          const attempt = calls.find(({ number }) => number === settlement.number)?.attempts
          current.push({ ...settlement, attempt: attempt ?? settlement.attempt })
        }
        return good.settle(current)
      },
    })),
  },
  {
    name: "says that every settle counted",
    caughtBy: "an attempt that a crash cut off cannot be settled, only repeated or given up",
    damage: outbox((good) => ({
      async settle(settlements) {
        await good.settle(settlements)
        return settlements.map(() => true)
      },
    })),
  },
  {
    name: "writes the intent down after the call",
    caughtBy: "a call that was begun is there after a crash, byte for byte",
    damage: outbox((good) => {
      const begun: Parameters<typeof good.begin>[0][] = []
      return {
        begin(starts) {
          begun.push(starts)
          return Promise.resolve(
            starts.map(({ messageId, number, frozen }) => ({
              messageId,
              number,
              attempt: 1,
              body: frozen?.body ?? "",
              checkSeconds: frozen?.checkSeconds ?? null,
            })),
          )
        },
        async settle(settlements) {
          for (const starts of begun.splice(0)) await good.begin(starts)
          return good.settle(settlements)
        },
      }
    }),
  },
  {
    name: "makes the bytes of a repeat anew",
    caughtBy: "a repeat sends the same bytes as the first attempt, under the next number",
    damage: outbox((good) => ({
      async begin(starts) {
        const started = await good.begin(starts)
        return started.map((call) => (call.attempt === 1 ? call : { ...call, body: `${call.body} ` }))
      },
    })),
  },
  {
    name: "has no collision guard",
    caughtBy: "an equal body of another message is noticed, and goes without the check",
    damage: outbox((good) => ({
      begin: (starts) =>
        good.begin(
          starts.map((start) => {
            if (start.frozen === undefined) return start
            const { guard: _, ...frozen } = start.frozen
            return { ...start, frozen }
          }),
        ),
    })),
  },
  {
    name: "guards by the name of an app",
    caughtBy: "an equal body counts for its agent, whatever name the app has",
    damage: outbox((good) => {
      const apps = new Map<string, string>()
      return {
        async claim(query) {
          const claimed = await good.claim(query)
          for (const { messageId, message } of claimed) apps.set(messageId, message.app)
          return claimed
        },
        begin: (starts) =>
          good.begin(
            starts.map((start) => {
              if (start.frozen === undefined) return start
              const corpId = apps.get(start.messageId) ?? "none"
              return { ...start, frozen: { ...start.frozen, party: { kind: "app", corpId, partyId: "0" } } }
            }),
          ),
      }
    }),
  },
  {
    name: "counts all agents of a corp as one",
    caughtBy:
      "person-times of an agent are never overspent, and the event of either kind is written once a day for each of its apps",
    damage: ({ personTimes }) => ({
      personTimes: {
        take: (wish) => personTimes.take({ ...wish, party: { ...wish.party, partyId: "0" } }),
        giveBack: (party, day, count) => personTimes.giveBack({ ...party, partyId: "0" }, day, count),
        taken: (party, day) => personTimes.taken({ ...party, partyId: "0" }, day),
      },
    }),
  },
  {
    name: "tells what went out of the agent that the app is now",
    caughtBy: "sends are reported for the agent that they went out for, whatever has happened to the app",
    damage: ({ reader }) => ({
      reader: {
        ...reader,
        async sends(query) {
          const { items, nextCursor } = await reader.sends(query)
          return {
            items: items.map((send) => ({ ...send, party: { kind: "app", corpId: "", partyId: "7" } })),
            nextCursor,
          }
        },
      },
    }),
  },
  {
    name: "keeps limits for each name of an agent",
    caughtBy:
      "the names of an agent have one set of limits: who joins takes them over or is refused, and a change is one of all",
    damage: ({ apps }) => ({
      apps: over(apps, {
        async create(app, at) {
          if ((await apps.get(app.name)) !== undefined) return undefined
          await apps.put({ ...app, agentId: -app.agentId }, at)
          return apps.get(app.name)
        },
      }),
    }),
  },
  {
    name: "begins a shared call without the messages that cannot begin",
    caughtBy: "a shared call begins for none of its messages when it may not for one",
    damage: outbox((good) => ({
      async begin(starts) {
        const started = await good.begin(starts)
        if (started.length > 0) return started
        return good.begin(
          starts.map((start) => {
            if (start.frozen === undefined) return start
            const { shares: _, ...frozen } = start.frozen
            return { ...start, frozen }
          }),
        )
      },
    })),
  },
  {
    name: "closes a shared call on one side only",
    caughtBy:
      "closing a shared call that cannot have arrived ends it for all, and the others are due: asked by a sharer",
    damage: outbox((good) => ({
      update: ({ closeCalls = [], abandonCalls = [], ...change }) =>
        good.update({ ...change, abandonCalls: [...closeCalls, ...abandonCalls] }),
    })),
  },
  {
    name: "does not show what else a call waits for",
    caughtBy: "recipients of a call that waits have its reason, those who share it too, until it goes out again",
    damage: outbox(() => ({ delayCall: () => Promise.resolve() })),
  },
  {
    name: "takes a delay of an earlier attempt",
    caughtBy: "recipients of a call that waits have its reason, those who share it too, until it goes out again",
    damage: outbox((good) => ({ delayCall: (call, _, delay) => good.delayCall(call, 1, delay) })),
  },
  {
    name: "lets a call in flight rest",
    caughtBy: "a brief of open calls says how many people each has and until when it waits; one is found by its number",
    damage: outbox((good) => ({
      openCallsInBrief: async (id) =>
        (await good.openCallsInBrief(id)).map((call) => ({ ...call, restsUntil: call.restsUntil ?? NOON + 5000 })),
    })),
  },
  {
    name: "does not follow the clock",
    caughtBy: "when the clock was set, an open call is as old as it was, and waits as long as it would have",
    damage: outbox(() => ({ clockJumped: () => Promise.resolve() })),
  },
  {
    name: "ends a lifetime by the clock that was set",
    caughtBy: "when the clock was set, what lives so long moves along, once, and a time that was given holds",
    damage: outbox((good) => ({ clockJumped: ({ id, by, at }) => good.clockJumped({ id, by, at }) })),
  },
  {
    name: "forgets by how much the clock was set",
    caughtBy: "when the clock was set, what lives so long moves along, once, and a time that was given holds",
    damage: ({ clockNotes }) => ({
      clockNotes: {
        noteTrusted: (at) => clockNotes.noteTrusted(at),
        read: async () => ({ ...(await clockNotes.read()), setByMs: 0 }),
      },
    }),
  },
  {
    name: "believes no clock that was set back",
    caughtBy: "the time that was trusted last is there after a crash",
    damage: ({ clockNotes }) => ({
      clockNotes: {
        read: () => clockNotes.read(),
        noteTrusted: async (at) =>
          clockNotes.noteTrusted(Math.max(at, (await clockNotes.read()).trustedAt ?? -Infinity)),
      },
    }),
  },
  {
    name: "begins a second recall beside the first",
    caughtBy: "a message has one recall at a time, and how far it has come is there after a crash",
    damage: ({ recalls }) => ({
      recalls: over(recalls, {
        async begin(messageId, at) {
          await recalls.begin(messageId, at)
          return { progress: { askedAt: at, cancelled: 0, results: {} }, isNew: true }
        },
      }),
    }),
  },
  {
    name: "leaves the recalls of stopped processes",
    caughtBy: "a recall whose process has ended is taken over once, and noted by who works on it alone",
    damage: ({ recalls }) => ({ recalls: over(recalls, { takeOver: () => Promise.resolve([]) }) }),
  },
  {
    name: "lets every process note the progress of a recall",
    caughtBy: "a recall that has ended is not taken over, and another begins anew",
    damage: ({ recalls }) => ({
      recalls: over(recalls, {
        async note(messageId, progress) {
          await recalls.note(messageId, progress)
          return true
        },
      }),
    }),
  },
  {
    name: "takes the times of a call for read by the clock it knows of",
    caughtBy:
      "29.badday: the times of a call count by the clock they were read by, before the store follows it and after",
    damage: outbox((good) => ({
      begin: (starts) =>
        good.begin(
          starts.map(({ messageId, claim, number, startedAt, frozen }) => {
            const start = { messageId, claim, number, startedAt }
            return frozen === undefined ? start : { ...start, frozen }
          }),
        ),
    })),
  },
  {
    name: "counts a repeated jump of the clock twice",
    caughtBy: "a change of the clock that is reported again moves nothing again",
    damage: outbox((good) => {
      let tellings = 0
      return { clockJumped: (turn) => good.clockJumped({ ...turn, id: `${turn.id} ${++tellings}` }) }
    }),
  },
  {
    name: "updates recipients in any state",
    caughtBy: "a update touches those in the states it names, of the call it names",
    damage: outbox((good) => ({
      update: (change) =>
        good.update({
          ...change,
          updates: change.updates.map((update) => ({ ...update, from: ["pending", "sent", "not_found", "failed"] })),
        }),
    })),
  },
  {
    name: "closes calls that may have arrived",
    caughtBy: "a call that may have arrived is given up only by that word",
    damage: outbox((good) => ({
      update: ({ closeCalls = [], abandonCalls = [], ...change }) =>
        good.update({ ...change, abandonCalls: [...closeCalls, ...abandonCalls] }),
    })),
  },
  {
    name: "shows messages to keys of other apps",
    caughtBy: "a message of an app outside the scope does not exist",
    damage: ({ reader }) => ({
      reader: { ...reader, message: (id, query) => reader.message(id, { ...query, apps: "all" }) },
    }),
  },
  {
    name: "lists what is due as scheduled, as when it was opened",
    caughtBy: "messages are listed by the state they are in now",
    damage: ({ reader }) => ({
      reader: { ...reader, messages: (query) => reader.messages({ ...query, now: Math.min(query.now, NOON) }) },
    }),
  },
  {
    name: "forgets at a retry that calls have begun",
    caughtBy:
      "from the hour it is scheduled for to the end a message is listed by the state it is shown in, and by no other",
    damage: losingRetried(["sending"]),
  },
  {
    name: "takes what is retried for begun",
    caughtBy: "what is retried before any of its calls began is scheduled or queued anew",
    damage: losingRetried(["scheduled", "queued"]),
  },
  {
    name: "lists as being sent only whose call it is",
    caughtBy: "a message that shares a call has begun with it",
    damage({ outbox: good, reader }) {
      const sharers = new Set<string>()
      return {
        outbox: {
          ...good,
          begin(starts) {
            for (const { messageId } of starts.flatMap(({ frozen }) => frozen?.shares ?? [])) sharers.add(messageId)
            return good.begin(starts)
          },
        },
        reader: losing(reader, sharers, ["sending"]),
      }
    },
  },
  {
    name: "lists what was scheduled behind what was not",
    caughtBy: "what was scheduled and what was not is queued in one order, page by page, and so is what is scheduled",
    damage: ({ reader }) => ({
      reader: {
        ...reader,
        async messages(query) {
          const { items, nextCursor } = await reader.messages(query)
          const halves = [items.filter((item) => !wasScheduled(item)), items.filter(wasScheduled)]
          return { items: halves.flat(), nextCursor }
        },
      },
    }),
  },
  {
    name: "spends the budget for misses twice",
    caughtBy: "a budget for misses is never overspent, however many ask at once",
    damage: ({ misses }) => ({
      misses: {
        async take(corpId, day, wanted, budget) {
          const granted = Math.min(wanted, budget)
          await misses.take(corpId, day, granted, Infinity)
          return { granted }
        },
        settle: (corpId, day, asked) => misses.settle(corpId, day, asked),
        taken: (corpId, day) => misses.taken(corpId, day),
      },
    }),
  },
  {
    name: "knows no shares of misses",
    caughtBy: "of a budget for misses one holder gets half, and others then their share each",
    damage: ({ misses }) => ({
      misses: over(misses, { take: (corpId, day, wanted, budget) => misses.take(corpId, day, wanted, budget) }),
    }),
  },
  {
    name: "ends a budget by numbers that are only being asked",
    caughtBy: "only misses use up a budget or a share: a number that is being asked may belong to a member",
    damage: ({ misses }) => ({
      misses: over(misses, {
        async take(...wish) {
          const { granted, short } = await misses.take(...wish)
          return { granted, ...(short !== undefined && { short: { ...short, isSpent: true } }) }
        },
      }),
    }),
  },
  {
    name: "never settles questions",
    caughtBy: "what was being asked at a crash is given back, as much as the budget in one day",
    damage: ({ misses }) => ({
      misses: {
        take: (corpId, day, wanted, budget) => misses.take(corpId, day, wanted, budget),
        settle: () => Promise.resolve(),
        taken: (corpId, day) => misses.taken(corpId, day),
      },
    }),
  },
  {
    name: "grants person-times beyond the limit",
    caughtBy:
      "person-times of an agent are never overspent, and the event of either kind is written once a day for each of its apps",
    damage: ({ personTimes }) => ({
      personTimes: {
        take: (wish) => personTimes.take({ ...wish, limit: Infinity }),
        giveBack: (agent, day, count) => personTimes.giveBack(agent, day, count),
        taken: (agent, day) => personTimes.taken(agent, day),
      },
    }),
  },
  {
    name: "prunes unfinished messages",
    caughtBy: "messages finished long enough ago go, with all that belongs to them",
    damage: ({ upkeep, outbox: good, reader }) => ({
      upkeep: {
        health: () => upkeep.health(),
        backup: (file, at) => upkeep.backup(file, at),
        async prune(cutoffs) {
          const { items } = await reader.messages({ apps: "all", now: cutoffs.now, limit: 99 })
          for (const { id, acceptedAt } of items) {
            if (acceptedAt >= cutoffs.finishedBefore) continue
            const updates = [{ chunk: 0, slots: "all", from: ["pending"], state: "expired" }] as const
            await good.update({ messageId: id, at: acceptedAt, updates })
          }
          return upkeep.prune(cutoffs)
        },
      },
    }),
  },
  {
    name: "makes only a hundred messages due",
    caughtBy: "making an app due reaches all that wait, however many",
    damage: ({ outbox: good, reader }) => ({
      outbox: {
        ...good,
        async makeAppDue(app, at) {
          if ((await unfinishedIn(reader)) < 100) await good.makeAppDue(app, at)
        },
      },
    }),
  },
  {
    name: "calls no message",
    caughtBy:
      "messages that are called are due, whatever their app, but for those that are scheduled, or held, or unknown",
    damage: outbox(() => ({ makeDue: () => Promise.resolve() })),
  },
  {
    name: "calls the whole app for one message",
    caughtBy:
      "messages that are called are due, whatever their app, but for those that are scheduled, or held, or unknown",
    damage: outbox((good) => ({
      async makeDue(_, at) {
        for (const app of await good.appsWithWork()) await good.makeAppDue(app, at)
      },
    })),
  },
  {
    name: "gives the events of one app after those of another",
    caughtBy: "events of several apps come in their order, page by page",
    damage: ({ events }) => ({
      events: over(events, {
        async since(id, query) {
          const found = await events.since(id, query)
          return found.toSorted((a, b) => a.app.localeCompare(b.app) || a.id - b.id)
        },
      }),
    }),
  },
  {
    name: "makes no message due",
    caughtBy: "making an app due leaves what is scheduled, and what is of others",
    damage: outbox(() => ({ makeAppDue: () => Promise.resolve() })),
  },
  {
    name: "reports claims as renewed without renewing them",
    caughtBy: "a renewed claim lasts longer",
    damage: outbox(() => ({ renew: (claims) => Promise.resolve(claims.map(() => true)) })),
  },
  {
    name: "gives every reader the events of all apps",
    caughtBy: "events resume after an id, of the apps in scope",
    damage: ({ events }) => ({
      events: over(events, { since: (id, { limit }) => events.since(id, { limit, apps: "all" }) }),
    }),
  },
  {
    name: "calls listeners that have unsubscribed",
    caughtBy: "a listener hears of an event once it can be read, and no longer than it wants",
    damage: ({ events }) => ({
      events: over(events, {
        subscribe(listener) {
          events.subscribe(listener)
          return () => {}
        },
      }),
    }),
  },
  {
    name: "counts a repeated callback twice",
    caughtBy: "a callback is an event once, however often it is reported, and whatever dies in between",
    damage: ({ callbacks }) => {
      let tellings = 0
      return {
        callbacks: over(callbacks, {
          keep: (callback) => callbacks.keep({ ...callback, id: `${callback.id} ${++tellings}` }),
        }),
      }
    },
  },
  {
    name: "takes task cards for template cards when they are pressed",
    caughtBy: "a press of a task card names its message, and is no press of a template card",
    damage: ({ callbacks }) => ({
      callbacks: over(callbacks, {
        keep(callback) {
          const { press } = callback
          if (press === undefined) return callbacks.keep(callback)
          return callbacks.keep({ ...callback, press: { ...press, msgtype: "template_card" } })
        },
      }),
    }),
  },
  {
    name: "forgets which app else names when a card is pressed",
    caughtBy: "a press of a card that the app in else has sent names the robot's message",
    damage: ({ callbacks }) => ({
      callbacks: over(callbacks, {
        keep(callback) {
          const { press: _, ...others } = callback
          return callbacks.keep(others)
        },
      }),
    }),
  },
  {
    name: "looks for pressed cards below the apps that are there",
    caughtBy: "a press of such a card names the message also when the robot was removed",
    damage: ({ callbacks, apps }) => ({
      callbacks: over(callbacks, {
        async keep(callback) {
          const robots = (await apps.list()).filter(({ kind }) => kind === "bot")
          const { press: _, ...others } = callback
          return callbacks.keep(robots.length > 0 ? callback : others)
        },
      }),
    }),
  },
  {
    name: "forgets of which app the message of a pressed card is",
    caughtBy: "a press of a card that the app in else has sent names the robot's message",
    damage: ({ events }) => ({
      events: over(events, {
        async since(id, wanted) {
          const found = await events.since(id, wanted)
          return found.map((event) => {
            const { messageApp: _, ...others } = event
            return others
          })
        },
      }),
    }),
  },
  {
    name: "forgets which codes of a card are spent",
    caughtBy: "codes of a card are listed newest first, and which of them are spent",
    damage: ({ callbacks }) => ({ callbacks: over(callbacks, { spend: () => Promise.resolve() }) }),
  },
  {
    name: "loses the secrets of apps",
    caughtBy: "an app is kept, and its secrets are read only where they are asked for",
    damage: ({ apps }) => ({ apps: over(apps, { secrets: () => Promise.resolve(undefined) }) }),
  },
  {
    name: "never ends a pause",
    caughtBy: "a pause is kept from its beginning, its probe moves, and both ends are events",
    damage: ({ apps }) => ({ apps: over(apps, { resume: () => Promise.resolve(true) }) }),
  },
  {
    name: "reads the contents of sent calls",
    caughtBy: "of what may have gone out only whom it named is read, however long its content",
    damage: ({ reader }) => ({
      reader: {
        ...reader,
        async sends(query) {
          const { items, nextCursor } = await reader.sends(query)
          return { items: items.map((send) => ({ ...send, body: "字".repeat(2000) })), nextCursor }
        },
      },
    }),
  },
  {
    name: "counts a call that a crash cut off from its beginning",
    caughtBy: "what may have gone out counts from the latest moment at which it can have arrived",
    damage: ({ reader }) => ({
      reader: {
        ...reader,
        async sends(query) {
          const { items, nextCursor } = await reader.sends(query)
          const longAgo = NOON + LONGEST_ATTEMPT_MS
          return {
            items: items.map((send) => (send.at >= longAgo ? { ...send, at: send.at - LONGEST_ATTEMPT_MS } : send)),
            nextCursor,
          }
        },
      },
    }),
  },
  {
    name: "keeps the first report of a busy member",
    caughtBy: "busy members are known by their last note, also after a crash, and not for ever",
    damage: ({ busyMembers }) => ({
      busyMembers: over(busyMembers, {
        async note(member) {
          const { members } = await busyMembers.since(0)
          const isKnown = members.some(
            (known) => isSameParty(known.party, member.party) && known.member === member.member,
          )
          if (!isKnown) await busyMembers.note(member)
        },
      }),
    }),
  },
  {
    name: "loses its place between pages of sends",
    caughtBy: "possible sends are reported page by page, the last to begin first, inside its bounds",
    damage: ({ reader }) => ({
      reader: { ...reader, sends: async (query) => ({ ...(await reader.sends(query)), nextCursor: undefined }) },
    }),
  },
  {
    name: "begins a chat a second time",
    caughtBy: "a chat that is begun twice is kept once, and is made when WeCom has said so",
    damage: ({ chats }) => ({
      chats: over(chats, {
        begin: async (...begun) => {
          const made = await chats.begin(...begun)
          return made === "limit" ? made : { ...made, isNew: true }
        },
      }),
    }),
  },
  {
    name: "lists the chats of other apps too",
    caughtBy: "chats are listed for one app, newest first, page by page",
    damage: ({ chats }) => ({
      chats: over(chats, { list: ({ corpId }, query) => chats.list({ corpId, agentId: 1_000_002 }, query) }),
    }),
  },
  {
    name: "counts no chats that are begun",
    caughtBy: "a corp begins no more chats than it may, and one that was not made does not count",
    damage: ({ chats }) => ({
      chats: over(chats, { begin: (chat, at, since) => chats.begin(chat, at, since, Infinity) }),
    }),
  },
  {
    name: "counts no changes of chats",
    caughtBy: "a corp changes its chats no more often than it may",
    damage: ({ chats }) => ({ chats: over(chats, { takeChange: () => Promise.resolve(undefined) }) }),
  },
  {
    name: "forgets who wrote to a robot",
    caughtBy: "who wrote to a robot is kept with the message, once, newest conversation first",
    damage: ({ callbacks }) => ({
      callbacks: over(callbacks, { keep: (callback) => callbacks.keep({ ...callback, spoken: undefined }) }),
    }),
  },
  {
    name: "lists the first conversations on each page",
    caughtBy: "conversations are listed page by page",
    damage: ({ conversations }) => ({
      conversations: { list: (bot, { limit }) => conversations.list(bot, { limit }) },
    }),
  },
  {
    name: "keeps conversations of robots that are gone",
    caughtBy: "conversations are forgotten with the last app that is the robot, or is another one now",
    damage: ({ apps }) => ({ apps: over(apps, { remove: () => Promise.resolve("removed") }) }),
  },
  {
    name: "keeps no signing secret of a source",
    caughtBy: "a source is kept, and is found by its token's hash with its secret, which no list shows",
    damage: ({ sources }) => ({
      sources: over(sources, { add: (source) => sources.add({ ...source, signingSecret: undefined }) }),
    }),
  },
  {
    name: "knows the token of a source that was given up long ago",
    caughtBy: "a source's token is another once it is rotated, and the one before is known with its end",
    damage: ({ sources }) => ({
      sources: over(sources, {
        rotate: async (id) => (await sources.get(id)) ?? "unknown",
      }),
    }),
  },
  {
    name: "writes a source as a whole when one field is changed",
    caughtBy: "of a source that which a change names is otherwise, and nothing else",
    damage: ({ sources }) => ({
      sources: over(sources, {
        change: (id, change, expected) => sources.change(id, { signingSecret: null, ...change }, expected),
      }),
    }),
  },
  {
    name: "forgets when a source was used",
    caughtBy: "when a source was last used is kept, never earlier than it was, and is no change of it",
    damage: ({ sources }) => ({ sources: over(sources, { used: () => Promise.resolve() }) }),
  },
  {
    name: "changes a source that was changed meanwhile",
    caughtBy: "of changes of a source that expect one version the first is made; one that is removed is unknown",
    damage: ({ sources }) => ({ sources: over(sources, { change: (id, change) => sources.change(id, change) }) }),
  },
  {
    name: "forgets the settings of a corp",
    caughtBy: "settings of a corp are kept, and none are empty",
    damage: ({ corps }) => ({
      corps: over(corps, { put: (_, settings) => Promise.resolve({ settings, version: 1 }) }),
    }),
  },
  {
    name: "looks whether a name is free before it registers an app",
    caughtBy: "of two apps registered under one name at once one is there, and the other is refused",
    damage: ({ apps }) => ({
      apps: over(apps, {
        async create(app, at) {
          if ((await apps.get(app.name)) !== undefined) return undefined
          await apps.put(app, at)
          return apps.get(app.name)
        },
      }),
    }),
  },
  {
    name: "reads an app, and writes it back changed",
    caughtBy: "changes of an app at once are made one after another, and none is lost",
    damage: ({ apps }) => ({
      apps: over(apps, {
        async change(name, { secret, corpId, agentId, settings }, at) {
          const before = await apps.get(name)
          const secrets = await apps.secrets(name)
          if (before === undefined || secrets === undefined) return "unknown"
          const { corpId: corp, agentId: agent, settings: kept } = before
          const changed = { corpId: corpId ?? corp, agentId: agentId ?? agent, settings: settings ?? kept }
          await apps.put({ name, ...changed, secrets: { ...secrets, secret: secret ?? secrets.secret } }, at)
          return (await apps.get(name)) ?? "unknown"
        },
      }),
    }),
  },
  {
    name: "changes a record of any version",
    caughtBy: "of changes that expect one version the first is made, and the others are refused",
    damage: ({ apps }) => ({
      apps: over(apps, { change: (name, change, at) => apps.change(name, change, at) }),
    }),
  },
  {
    name: "gives a revoked key a successor",
    caughtBy: "a successor is the same client, and a revoked key gets none",
    damage: ({ keys }) => ({
      keys: over(keys, {
        async rotate(_, successor) {
          await keys.add(successor)
          return "added"
        },
      }),
    }),
  },
  {
    name: "takes a successor for another client",
    caughtBy: "a successor is the same client, and a revoked key gets none",
    damage: ({ keys }) => ({
      keys: over(keys, { rotate: (id, successor) => keys.rotate(id, { ...successor, client: successor.id }) }),
    }),
  },
  {
    name: "shows the whole audit trail to every key",
    caughtBy: "of the audit trail a key is shown what is about its apps alone",
    damage: ({ audit }) => ({ audit: over(audit, { list: (query) => audit.list({ ...query, apps: "all" }) }) }),
  },
  {
    name: "gives the audit trail of one app after that of another",
    caughtBy: "what a key is shown of the audit trail comes in its order, whomever else it is about",
    damage: ({ audit }) => ({
      audit: over(audit, {
        async list({ apps, ...page }) {
          if (apps === "all") return audit.list({ apps, ...page })
          const lists = await Promise.all([...new Set(apps)].map((app) => audit.list({ ...page, apps: [app] })))
          return { items: lists.flatMap(({ items }) => items).slice(0, page.limit), nextCursor: undefined }
        },
      }),
    }),
  },
  {
    name: "does not report that its audit trail was cut",
    caughtBy: "the audit trail is cut at its beginning, and tells how much has gone and from when",
    damage: ({ audit }) => ({
      audit: over(audit, { extent: async () => ({ ...(await audit.extent()), deleted: undefined }) }),
    }),
  },
  {
    name: "accepts a revoked key",
    caughtBy: "a key is found by its hash, and revoked once",
    damage: ({ keys }) => ({ keys: over(keys, { revoke: () => Promise.resolve("revoked") }) }),
  },
  {
    name: "loses what was done",
    caughtBy: "the audit trail is read newest first, page by page",
    damage: ({ audit }) => ({ audit: over(audit, { append: () => Promise.resolve() }) }),
  },
  {
    name: "lets every process fetch a token at once",
    caughtBy: "tokens come back as they were, and one at a time is fetched for a key",
    damage: ({ tokens }) => ({ tokens: over(tokens, { exclusively: (_, work) => work() }) }),
  },
  {
    name: "gives the lock to every task at once",
    caughtBy: "one task at a time runs under a name, a failed one too, and other names do not wait",
    damage: ({ locks }) => ({ locks: over(locks, { run: (_, task) => task() }) }),
  },
  {
    name: "reports the first event ever as the oldest",
    caughtBy: "old events go, but for the newest, and no id is given again",
    damage: ({ events }) => ({ events: over(events, { oldest: () => Promise.resolve(1) }) }),
  },
  {
    name: "accepts any event id of a reader",
    caughtBy: "a follower that has seen an existing event continues behind it, and not behind one that never existed",
    damage: ({ events }) => ({ events: over(events, { isStillThere: () => Promise.resolve(true) }) }),
  },
  {
    name: "forgets that look-ups are closed",
    caughtBy: "look-ups and pauses are kept",
    damage: ({ lookups }) => ({ lookups: over(lookups, { setPause: () => Promise.resolve() }) }),
  },
  {
    name: "shows each file to every app",
    caughtBy: "a file is found for its apps alone, and for every app where it is everybody's",
    damage: ({ media }) => ({ media: over(media, { find: (ids) => media.find(ids, "all") }) }),
  },
  {
    name: "counts unfinished messages when they are accepted, and never again",
    caughtBy: "what is unfinished is counted by app and key, as it comes, ends and is opened again",
    damage: ({ outbox: good, reader }) => {
      const counted = new Map<string, UnfinishedView>()
      return {
        outbox: {
          ...good,
          accept(request) {
            const { app, keyId } = request.message
            const count = (counted.get(`${app} ${keyId}`)?.count ?? 0) + 1
            counted.set(`${app} ${keyId}`, { app, keyId, count })
            return good.accept(request)
          },
        },
        reader: { ...reader, unfinished: () => Promise.resolve([...counted.values()]) },
      }
    },
  },
  {
    name: "ends messages that a worker has",
    caughtBy: "many end at once; what is at work, has begun, is finished or unknown is left",
    damage: outbox((good) => ({
      async endUnbegun(ending) {
        const ended = await good.endUnbegun(ending)
        return ended.length === 0 || !ending.messageIds.includes("msg_at_work")
          ? ended
          : [...ended, { messageId: "msg_at_work", app: "alerts", recipients: 1 }]
      },
    })),
  },
  {
    name: "ends messages before their time",
    caughtBy: "what is past its time ends some at a time, whatever it waits for; what has begun is left",
    damage: outbox((good) => ({ endExpired: (query) => good.endExpired({ ...query, expiredBy: query.at }) })),
  },
  {
    name: "ends lifetimes that should have moved along with the clock",
    caughtBy: "what moves along with the clock does not end by a time that has not moved yet",
    damage: outbox((good) => ({ endExpired: (query) => good.endExpired({ ...query, setByMs: 0 }) })),
  },
  {
    name: "gives only the first page of unfinished messages",
    caughtBy: "what is unfinished of a key or an app is listed by page, each once, whatever blocks it",
    damage: ({ reader }) => ({
      reader: {
        ...reader,
        unfinishedOf: async (query) => ({ items: (await reader.unfinishedOf(query)).items, nextCursor: undefined }),
      },
    }),
  },
  {
    name: "keeps files of a revoked key",
    caughtBy: "a file that comes with a key that has been revoked is not kept, and leaves nothing",
    damage: ({ media }) => ({
      media: over(media, { keep: (draft, medium) => media.keep(draft, { ...medium, keyId: "key_of_no_record" }) }),
    }),
  },
  {
    name: "counts a deleted file",
    caughtBy: "D4: what is stored is counted by key and app, as it comes and goes, and after a crash",
    damage: ({ media }) => {
      let first: readonly MediaHolding[] = []
      return {
        media: over(media, {
          async holdings() {
            const now = await media.holdings()
            return (first = first.length > 0 ? first : now)
          },
        }),
      }
    },
  },
  {
    name: "counts an expired file",
    caughtBy: "D4: what is past its time is counted no more",
    damage: ({ media }) => ({
      media: over(media, {
        async holdings() {
          const held = await media.holdings()
          return held.length > 0 ? held : [{ keyId: "key_1", app: "alerts", bytes: FEWEST_COUNTED_BYTES }]
        },
      }),
    }),
  },
  {
    name: "deletes nothing",
    caughtBy: "D4: a file is deleted unless an unfinished message names it, and bytes that another has stay",
    damage: ({ media }) => ({ media: over(media, { delete: () => Promise.resolve("deleted") }) }),
  },
  {
    name: "lists files of every key",
    caughtBy: "D4: files are listed by page, last handed in first, of one key and of the apps in scope",
    damage: ({ media }) => ({
      media: over(media, { list: ({ apps, limit }) => media.list({ apps, limit }) }),
    }),
  },
  {
    name: "keeps an id of a file that WeCom has refused",
    caughtBy: "where WeCom has a file is remembered for each corp, until it is forgotten",
    damage: ({ media }) => ({ media: over(media, { forgetUpload: () => Promise.resolve() }) }),
  },
]

/** Opens the store, and opens it damaged again after each crash. */
export function damaged<Store extends StoreUnderTest>(
  open: () => Promise<Store>,
  { damage }: Pick<BrokenStore, "damage">,
): () => Promise<Store> {
  const wrap = <Of extends StoreUnderTest>(store: Of): Of => ({
    ...store,
    stores: { ...store.stores, ...damage(store.stores) },
    crash: async () => wrap(await store.crash()),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  })
  return async () => wrap(await open())
}

/** Damages the outbox alone. */
export function outbox(damage: (good: LocalOutbox) => Partial<LocalOutbox>): BrokenStore["damage"] {
  return ({ outbox: good }) => ({ outbox: { ...good, ...damage(good) } })
}

function wasScheduled({ acceptedAt, sendAt }: MessageSummary): boolean {
  return sendAt > acceptedAt
}

function losingRetried(states: readonly MessageState[]): BrokenStore["damage"] {
  return ({ outbox: good, reader }) => {
    const retried = new Set<string>()
    return {
      outbox: {
        ...good,
        update(change) {
          if (change.updates.some(({ state }) => state === "pending")) retried.add(change.messageId)
          return good.update(change)
        },
      },
      reader: losing(reader, retried, states),
    }
  }
}

/** Omits some messages from the lists of some states. */
function losing<T extends MessageReader>(reader: T, ids: ReadonlySet<string>, states: readonly MessageState[]): T {
  return {
    ...reader,
    async messages(query) {
      const { items, nextCursor } = await reader.messages(query)
      const isListed = ({ id }: MessageSummary): boolean =>
        query.state === undefined || !states.includes(query.state) || !ids.has(id)
      return { items: items.filter(isListed), nextCursor }
    },
  }
}

/** The same object with some methods replaced. */
export function over<T extends object>(good: T, changes: Partial<T>): T {
  return new Proxy(good, {
    get(target, name) {
      if (name in changes) return Reflect.get(changes, name)
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === "function" ? (value.bind(target) as unknown) : value
    },
  })
}
