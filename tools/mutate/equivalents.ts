import type { ChangedLines } from "./show-change.ts"

/** A change after which the code does the same, so that no test can notice it. */
interface Equivalent {
  readonly file: string
  /** The lines it touches, each without the code around it, joined by a blank. */
  readonly before: string
  readonly after: string
  readonly why: string
}

export const EQUIVALENTS: readonly Equivalent[] = [
  {
    file: "packages/protocol/src/delivery/answer.ts",
    before: 'const json = (body.startsWith("\\uFEFF") ? body.slice(1) : body).trim()',
    after: 'const json = (body.startsWith("\\uFEFF") ? body.slice(0) : body).trim()',
    why: "A byte order mark counts as white space, so that trim takes it away as well.",
  },
  {
    file: "packages/protocol/src/delivery/answer.ts",
    before: 'if (value === undefined || value === "") return NO_IDS',
    after: ";",
    why: "A shorter way: the lines after it make an empty list of what is missing and of an empty text.",
  },
  {
    file: "packages/protocol/src/delivery/answer.ts",
    before: 'if (value === undefined || value === "") return NO_IDS',
    after: 'if (value === undefined && value === "") return NO_IDS',
    why: "A shorter way: the lines after it make an empty list of what is missing and of an empty text.",
  },
  {
    file: "packages/protocol/src/delivery/recipient-results.ts",
    before: "if (complaints === 0) return { of: () => others, unknownIds: noIds }",
    after: ";",
    why: "A faster way for the answer that complains of no id: an empty table says the same.",
  },
  {
    file: "packages/protocol/src/delivery/fill-calls.ts",
    before: "this.#from[kind] = index",
    after: ";",
    why: "Calls that are full are looked at again from the first one, with the same end.",
  },
  {
    file: "packages/protocol/src/delivery/fill-calls.ts",
    before: "readonly #from: Counts = { user: 0, department: 0, tag: 0, all: 0 }",
    after: "readonly #from: Counts = { user: 0, department: 0, tag: 0, all: 1 }",
    why: "Everybody is the only target of its message, so that a new call is opened for it either way.",
  },
  {
    file: "packages/protocol/src/delivery/fill-calls.ts",
    before: "this.#counts.push({ user: 0, department: 0, tag: 0, all: 0 })",
    after: "this.#counts.push({ user: 0, department: 0, tag: 0, all: 1 })",
    why: "Everybody is the only target of its message, so that no call that is open is asked for room for it.",
  },
  {
    file: "packages/gateway/src/delivery/call/call-planner.ts",
    before: "this.#seen = run.claimed.chunkCount > 1 ? new KeyTable() : new Map<string, number>()",
    after: "this.#seen = run.claimed.chunkCount > 0 ? new KeyTable() : new Map<string, number>()",
    why: "Both tables answer the same: one takes less memory where there are many, the other where there are few.",
  },
  {
    file: "packages/gateway/src/delivery/call/call-planner.ts",
    before: "this.#seen = run.claimed.chunkCount > 1 ? new KeyTable() : new Map<string, number>()",
    after: "this.#seen = run.claimed.chunkCount >= 1 ? new KeyTable() : new Map<string, number>()",
    why: "Both tables answer the same: one takes less memory where there are many, the other where there are few.",
  },
  {
    file: "packages/gateway/src/delivery/call/call-planner.ts",
    before: "this.#seen = run.claimed.chunkCount > 1 ? new KeyTable() : new Map<string, number>()",
    after: "this.#seen = run.claimed.chunkCount <= 1 ? new KeyTable() : new Map<string, number>()",
    why: "Both tables answer the same: one takes less memory where there are many, the other where there are few.",
  },
  {
    file: "packages/gateway/src/delivery/call/call-planner.ts",
    before: "this.#seen = run.claimed.chunkCount > 1 ? new KeyTable() : new Map<string, number>()",
    after: "this.#seen = !(run.claimed.chunkCount > 1) ? new KeyTable() : new Map<string, number>()",
    why: "Both tables answer the same: one takes less memory where there are many, the other where there are few.",
  },
  {
    file: "packages/gateway/src/delivery/call/call-planner.ts",
    before: "for (let slot = 0; slot < chunk.states.length; slot++) {",
    after: "for (let slot = 0; slot <= chunk.states.length; slot++) {",
    why: "Behind the last slot there is no recipient, pending or with a copy.",
  },
  {
    file: "packages/gateway/src/delivery/call/message-delivery.ts",
    before: 'else if (decision.kind === "final" && decision.state === "invalid") this.#halving.refused(1)',
    after: 'else if (decision.kind === "final" && decision.state === "invalid") this.#halving.refused(0)',
    why: "The number says who is alone, and is not read here.",
  },
  {
    file: "packages/gateway/src/model/hand-outs.ts",
    before: "#last = 0",
    after: "#last = 1",
    why: "The numbers of what is handed out are keys: they have to differ, and are not read.",
  },
  {
    file: "packages/gateway/src/model/hand-outs.ts",
    before: "const number = ++this.#last",
    after: "const number = --this.#last",
    why: "The numbers of what is handed out are keys: they have to differ, and are not read.",
  },
  {
    file: "packages/gateway/src/delivery/queue/scheduler.ts",
    before: "if (++looks % LOOKS_PER_TURN === 0) await immediate()",
    after: "if (--looks % LOOKS_PER_TURN === 0) await immediate()",
    why: "From 0 downwards every sixteenth number can be divided by sixteen just as well.",
  },
  {
    file: "packages/gateway/src/model/apply-updates.ts",
    before: "if (slot === undefined || state === undefined || !applies(update, chunk, slot, state)) continue",
    after: "if (slot === undefined && state === undefined || !applies(update, chunk, slot, state)) continue",
    why: "A slot that there is has a state, and one that there is not has none: they are missing together.",
  },
  {
    file: "packages/gateway/src/model/recipient-updates.ts",
    before: "this.#last = group",
    after: ";",
    why: "It spares the making of a key, by which the group is found as well.",
  },
  {
    file: "packages/gateway/src/model/recipient-updates.ts",
    before:
      'return `${chunk} ${state} ${userid !== undefined} ${call} ${detail === undefined ? "" : JSON.stringify(detail)}`',
    after:
      'return `${chunk} ${state} ${userid === undefined} ${call} ${detail === undefined ? "" : JSON.stringify(detail)}`',
    why: "Keys tell those with a userid from those without either way.",
  },
  {
    file: "packages/gateway/src/model/clock-watch.ts",
    before: "if (by > 0) this.#leaps.push({ at: monotonic, by })",
    after: "if (by >= 0) this.#leaps.push({ at: monotonic, by })",
    why: "A jump is half a second at least.",
  },
  {
    file: "packages/gateway/src/model/clock-watch.ts",
    before: "if (by > 0) this.#leaps.push({ at: monotonic, by })",
    after: "if (by > 1) this.#leaps.push({ at: monotonic, by })",
    why: "A jump is half a second at least.",
  },
  {
    file: "packages/gateway/src/model/jump-aware-clock.ts",
    before: "const sinceTrustedMs = noted.trustedAt === undefined ? 0 : now - noted.trustedAt",
    after: "const sinceTrustedMs = noted.trustedAt === undefined ? 1 : now - noted.trustedAt",
    why: "Each of them is near, and then it is not read.",
  },
  {
    file: "packages/gateway/src/model/share-permits.ts",
    before: "return one.since - other.since || (one.id < other.id ? -1 : 1)",
    after: "return one.since - other.since || (one.id <= other.id ? -1 : 1)",
    why: "No two sharers have the same id.",
  },
  {
    file: "packages/gateway/src/model/share-permits.ts",
    before: "return one.since - other.since || (one.id < other.id ? -1 : 1)",
    after: "return one.since - other.since || (one.id < other.id ? -1 : 0)",
    why: "An entry that compares as equal stays behind the one before, as one that comes after it does.",
  },
  {
    file: "packages/gateway/src/model/apply-updates.ts",
    before: "for (let index = 0; index < length; index++) {",
    after: "for (let index = 0; index <= length; index++) {",
    why: "Behind the last slot there is none, and what is not there is passed over.",
  },
  {
    file: "packages/gateway/src/model/message-progress.ts",
    before: "const finalState = messageState({ counts, started: true, sendAt: 0 }, at)",
    after: "const finalState = messageState({ counts, started: true, sendAt: 1 }, at)",
    why: "Only a message with pending recipients has a state that depends on it.",
  },
  {
    file: "packages/gateway/src/model/message-progress.ts",
    before: "const finalState = messageState({ counts, started: true, sendAt: 0 }, at)",
    after: "const finalState = messageState({ counts, started: false, sendAt: 0 }, at)",
    why: "Only a message with pending recipients has a state that depends on it.",
  },
  {
    file: "packages/gateway/src/model/target.ts",
    before: "if (type === undefined || address === undefined) return undefined",
    after: "if (type === undefined && address === undefined) return undefined",
    why: "Columns of a chunk are of one length: where one has no value the other has none.",
  },
  {
    file: "packages/gateway/src/model/compact/key-table.ts",
    before: "const hashed = { shard: 0, a: 0, b: 0, c: 0 }",
    after: "const hashed = { shard: 1, a: 0, b: 0, c: 0 }",
    why: "Nothing is looked up before a key has been hashed.",
  },
  {
    file: "packages/gateway/src/model/compact/key-table.ts",
    before: "const hashed = { shard: 0, a: 0, b: 0, c: 0 }",
    after: "const hashed = { shard: 0, a: 1, b: 0, c: 0 }",
    why: "Nothing is looked up before a key has been hashed.",
  },
  {
    file: "packages/gateway/src/model/compact/key-table.ts",
    before: "const hashed = { shard: 0, a: 0, b: 0, c: 0 }",
    after: "const hashed = { shard: 0, a: 0, b: 1, c: 0 }",
    why: "Nothing is looked up before a key has been hashed.",
  },
  {
    file: "packages/gateway/src/model/compact/key-table.ts",
    before: "const hashed = { shard: 0, a: 0, b: 0, c: 0 }",
    after: "const hashed = { shard: 0, a: 0, b: 0, c: 1 }",
    why: "Nothing is looked up before a key has been hashed.",
  },
  {
    file: "packages/gateway/src/model/compact/key-table.ts",
    before: "const length = words[index] ?? 0",
    after: "const length = words[index] ?? 1",
    why: "There is a word at each place that is asked for: the figure is there for the compiler.",
  },
  {
    file: "packages/gateway/src/model/compact/key-table.ts",
    before: "const value = this.#slots[this.#find() + 3] ?? 0",
    after: "const value = this.#slots[this.#find() + 3] ?? 1",
    why: "There is a word at each place that is asked for: the figure is there for the compiler.",
  },
  {
    file: "packages/gateway/src/model/compact/key-table.ts",
    before: "let slot = (old[from] ?? 0) & this.#mask",
    after: "let slot = (old[from] ?? 1) & this.#mask",
    why: "There is a word at each place that is asked for: the figure is there for the compiler.",
  },
  {
    file: "packages/gateway/src/model/compact/key-table.ts",
    before: "for (let word = 0; word < 4; word++) this.#slots[slot * 4 + word] = old[from + word] ?? 0",
    after: "for (let word = 0; word < 4; word++) this.#slots[slot * 4 + word] = old[from + word] ?? 1",
    why: "There is a word at each place that is asked for: the figure is there for the compiler.",
  },
  {
    file: "packages/gateway/src/model/compact/key-table.ts",
    before: "old.buffer.transfer(0)",
    after: ";",
    why: "It gives memory back earlier, and the buffer is not read any more.",
  },
  {
    file: "packages/gateway/src/model/compact/key-table.ts",
    before: "old.buffer.transfer(0)",
    after: "old.buffer.transfer(1)",
    why: "It gives memory back earlier, and the buffer is not read any more.",
  },
  {
    file: "packages/gateway/src/model/compact/key-table.ts",
    before: "for (let from = 0; from < old.length; from += 4) {",
    after: "for (let from = 0; from <= old.length; from += 4) {",
    why: "Behind the last slot there are no words: what is copied are zeros, into a slot that is empty.",
  },
  {
    file: "packages/gateway/src/people/people.ts",
    before: "found.push(keyAtOnce(address, keys, address.emailType ?? 1) ?? (await this.#question(address))?.key)",
    after: "found.push((await this.#question(address))?.key)",
    why: "A faster way to the same key.",
  },
  {
    file: "packages/gateway/src/delivery/queue/waiters-for-other.ts",
    before: "this.#changes++",
    after: "this.#changes--",
    why: "It is only looked at whether it has changed meanwhile.",
  },
  {
    file: "packages/gateway/src/delivery/queue/followers.ts",
    before: "followers.delete(tell)",
    after: ";",
    why: "It takes memory alone: a follower that has left gets one more event, and does not listen.",
  },
  {
    file: "packages/gateway/src/delivery/queue/followers.ts",
    before: "if (followers.size === 0) this.#waiting.delete(messageId)",
    after: "if (followers.size === 0) ;",
    why: "It takes memory alone: an empty set has no follower to call.",
  },
  {
    file: "packages/gateway/src/people/find-people.ts",
    before: "const slot = slots[index] ?? 0",
    after: "const slot = slots[index] ?? 1",
    why: "Each index is one of a slot: the figure is there for the compiler.",
  },
  {
    file: "packages/gateway/src/channels/app-message/uploads.ts",
    before: "for (const [old, at] of this.#renewed) if (now >= at + NO_THIRD_MS) this.#renewed.delete(old)",
    after: "for (const [old, at] of this.#renewed) if (now >= at + NO_THIRD_MS) ;",
    why: "It takes memory alone: whether the time of one is over is looked at when it is refused.",
  },
  {
    file: "packages/gateway/src/channels/app-message/uploads.ts",
    before: "for (const [old, at] of this.#renewed) if (now >= at + NO_THIRD_MS) this.#renewed.delete(old)",
    after: "for (const [old, at] of this.#renewed) if (now > at + NO_THIRD_MS) this.#renewed.delete(old)",
    why: "It takes memory alone: whether the time of one is over is looked at when it is refused.",
  },
  {
    file: "packages/gateway/src/channels/app-message/worker-transport.ts",
    before: "if (head === headers) return true",
    after: "if (head === headers) return false",
    why: "It spares bytes to the thread: a head that is not said to be the same goes there once more.",
  },
  {
    file: "packages/gateway/src/limits/permit-shares.ts",
    before: "#cap = 0",
    after: "#cap = 1",
    why: "Nothing may be used before the first grant, which sets it, as the first ask does.",
  },
  {
    file: "packages/gateway/src/limits/permit-shares.ts",
    before: "#othersAreShort = false",
    after: "#othersAreShort = true",
    why: "A node that holds nothing has nothing to give up: it is first checked after a grant, which sets it.",
  },
  {
    file: "packages/gateway/src/limits/permit-shares.ts",
    before: "#needed = 0",
    after: "#needed = 1",
    why: "Each ask sets it, and the first one is due at once whatever it is.",
  },
  {
    file: "packages/gateway/src/limits/permit-shares.ts",
    before: "if (this.#isRunning || this.#deps.stopping.aborted || dueAt >= this.#runsAt) return",
    after: "if (this.#isRunning || this.#deps.stopping.aborted || dueAt > this.#runsAt) return",
    why: "The timer is set again for the same time.",
  },
  {
    file: "packages/gateway/src/limits/party-calls.ts",
    before: "#answersSinceGrowth = 0",
    after: "#answersSinceGrowth = 1",
    why: "Answers are counted only below the most that is allowed, and whatever goes below it sets the count.",
  },
  {
    file: "packages/gateway/src/limits/member-windows.ts",
    before: "this.#current.set(key, recent.length === 1 ? send : recent)",
    after: "this.#current.set(key, recent.length === 0 ? send : recent)",
    why: "For memory alone: a list of one says the same as the one that many share.",
  },
  {
    file: "packages/gateway/src/limits/member-windows.ts",
    before: "if (place !== undefined && Array.isArray(this.#times[place])) this.#times[place] = sends",
    after: "if (place === undefined && Array.isArray(this.#times[place])) this.#times[place] = sends",
    why: "For memory alone: the list gets another place, and its former one is not used any more.",
  },
  {
    file: "packages/gateway/src/limits/member-windows.ts",
    before: "if (this.#times[last] === sends) return last",
    after: ";",
    why: "For memory alone: each member of a call gets a place of its own for the time that they share.",
  },
  {
    file: "packages/gateway/src/limits/member-windows.ts",
    before: "this.#current = new SendTimes()",
    after: ";",
    why: "For memory alone: what is older than its window is left out wherever it is looked at.",
  },
  {
    file: "packages/gateway/src/limits/member-windows.ts",
    before: "if (waiting.every(({ at }) => at <= now)) this.#turns.delete(key)",
    after: "if (waiting.every(({ at }) => at < now)) this.#turns.delete(key)",
    why: "For memory alone: turns that are over are left out wherever they are looked at.",
  },
  {
    file: "packages/gateway/src/limits/member-windows.ts",
    before: "if (waiting.every(({ at }) => at <= now)) this.#turns.delete(key)",
    after: "if (waiting.every(({ at }) => at <= now)) ;",
    why: "For memory alone: turns that are over are left out wherever they are looked at.",
  },
  {
    file: "packages/gateway/src/limits/busy-members.ts",
    before: "for (const [member, { at }] of this.#told) if (at <= now - BUSY_KEPT_MS) this.#told.delete(member)",
    after: "for (const [member, { at }] of this.#told) if (at < now - BUSY_KEPT_MS) this.#told.delete(member)",
    why: "For memory alone: a member reported longer than ten minutes ago is reported again in any case.",
  },
  {
    file: "packages/gateway/src/limits/busy-members.ts",
    before: "for (const [member, { at }] of this.#told) if (at <= now - BUSY_KEPT_MS) this.#told.delete(member)",
    after: "for (const [member, { at }] of this.#told) if (at <= now - BUSY_KEPT_MS) ;",
    why: "For memory alone: a member reported longer than ten minutes ago is reported again in any case.",
  },
  {
    file: "packages/gateway/src/limits/window-recovery.ts",
    before: "if (!windows.isLimited) return 0",
    after: "if (!windows.isLimited) return 1",
    why: "A page has 250 sends at most, which is far from the 2000 names of a turn.",
  },
  {
    file: "packages/gateway/src/limits/miss-allowance.ts",
    before: "#settled = 0",
    after: "#settled = 1",
    why: "It is only looked at whether it has changed meanwhile.",
  },
  {
    file: "packages/gateway/src/limits/miss-allowance.ts",
    before: "this.#settled++",
    after: "this.#settled--",
    why: "It is only looked at whether it has changed meanwhile.",
  },
  {
    file: "packages/gateway/src/delivery/call/share-calls.ts",
    before: 'if (decision.kind === "final" && decision.state === "invalid") halving.refused(1)',
    after: 'if (decision.kind === "final" && decision.state === "invalid") halving.refused(0)',
    why: "None is no more to be halved than one, and what it answers is not read here.",
  },
  {
    file: "packages/gateway/src/delivery/call/share-calls.ts",
    before: "const count = offers.reduce((sum, { targets }) => sum + targets.length, 0)",
    after: "const count = offers.reduce((sum, { targets }) => sum - targets.length, 0)",
    why: "It tells one recipient from several, and a call to one is not halved.",
  },
  {
    file: "packages/gateway/src/delivery/call/share-calls.ts",
    before: "const count = offers.reduce((sum, { targets }) => sum + targets.length, 0)",
    after: "const count = offers.reduce((sum, { targets }) => sum + targets.length, 1)",
    why: "It tells one recipient from several, and a call to one is not halved.",
  },
  {
    file: "packages/gateway/src/delivery/dispatcher.ts",
    before: "const byMs = this.#clock.knowsBoot ? 0 : await this.#aheadOfNewest(stores.events)",
    after: "const byMs = this.#clock.knowsBoot ? 1 : await this.#aheadOfNewest(stores.events)",
    why: "Only a clock that is more than a second behind was set back.",
  },
  {
    file: "packages/gateway/src/delivery/dispatcher.ts",
    before: "const byMs = newest === undefined ? 0 : this.#clock.now() - newest.at",
    after: "const byMs = newest === undefined ? 1 : this.#clock.now() - newest.at",
    why: "Less than a second is no jump of the clock.",
  },
]

export function whyEquivalent(
  file: string,
  { before, after }: ChangedLines,
  all: readonly Equivalent[] = EQUIVALENTS,
): string | undefined {
  const isIt = (each: Equivalent): boolean =>
    each.file === file && each.before === onOneLine(before) && each.after === onOneLine(after)
  return all.find(isIt)?.why
}

function onOneLine(lines: readonly string[]): string {
  return lines.map((line) => line.trim()).join(" ")
}
