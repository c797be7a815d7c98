import assert from "node:assert/strict"
import { partyKey } from "../../../model/party.ts"
import { LONGEST_ATTEMPT_MS } from "../../../model/longest-attempt.ts"
import type { BusyMember } from "../../../model/ports/busy-members.ts"
import { AGENT, PARTY, aCall, accepted, acceptAll, begin, claimDue, NOON, updateOf, WHOLE_TRAIL } from "../build.ts"
import { rule } from "./rule.ts"
import type { Rule } from "./rule.ts"
import { lost, shareOf, sharing } from "./shared-call.ts"

/** The records that a store keeps for a process that counts in memory what members got. */
export const recentSendRules: readonly Rule[] = [
  rule("what may have gone out counts from the latest moment at which it can have arrived", async (store) => {
    const before = store.stores.outbox
    await acceptAll(before, ["msg_1", "msg_2", "msg_3"])
    const [answered, cutOff, closed] = await claimDue(before)
    assert.ok(answered !== undefined && cutOff !== undefined && closed !== undefined)
    await before.settle([accepted(await begin(before, answered), { finishedAt: NOON + 7 })])
    for (const held of [cutOff, closed]) await begin(before, held)
    await using after = await store.crash()
    const { outbox, reader } = after.stores
    const at = NOON + 300
    await outbox.update({ messageId: closed.messageId, at, updates: [updateOf("in_doubt")], abandonCalls: [1] })
    const { items } = await reader.sends({ from: NOON, limit: 9 })
    assert.deepEqual(
      items.map(({ at }) => at - NOON).toSorted((a, b) => a - b),
      [7, LONGEST_ATTEMPT_MS, LONGEST_ATTEMPT_MS],
    )
  }),

  rule("sends are reported for the agent that they went out for, whatever has happened to the app", async (store) => {
    const { apps, outbox } = store.stores
    const kinds = ["app", "robot"]
    const app = { name: "alerts", ...AGENT, settings: {}, secrets: { secret: "s" } }
    await acceptAll(outbox, ["msg_1", "msg_2"])
    const claimed = await claimDue(outbox)
    for (const [index, kind] of kinds.entries()) {
      await apps.put({ ...app, kind }, NOON)
      const call = aCall({ party: { ...PARTY, kind } })
      await outbox.settle([accepted(await begin(outbox, claimed[index] ?? lost(), { call }))])
    }
    await apps.remove("alerts", NOON)
    await using after = await store.crash()
    const { items } = await after.stores.reader.sends({ from: NOON, limit: 9 })
    assert.deepEqual(
      items.map(({ party }) => partyKey(party)).toSorted(),
      [partyKey(PARTY), partyKey({ ...PARTY, kind: "robot" })].toSorted(),
    )
  }),

  rule("sends in a shared call are reported once to those who count sends", async ({ stores: { outbox, reader } }) => {
    const { host, sharer } = await sharing(outbox)
    const started = await begin(outbox, host, { call: aCall({ shares: [shareOf(sharer)] }) })
    await outbox.settle([accepted(started), accepted({ ...started, messageId: "msg_2" })])
    const { items } = await reader.sends({ from: NOON, limit: 9 })
    assert.deepEqual(
      items.map(({ named }) => named.touser),
      ["zhangsan"],
    )
  }),

  // proves 29.E13: a start after a burst
  rule("of what may have gone out only whom it named is read, however long its content", async (store) => {
    const { outbox, reader } = store.stores
    await acceptAll(outbox, ["msg_1", "msg_2", "msg_3"])
    const claimed = await claimDue(outbox)
    for (const [index, length] of [0, 2000, 200_000].entries()) {
      const content = { touser: "zhangsan|lisi", toparty: "2", msgtype: "text", text: { content: "字".repeat(length) } }
      const held = claimed[index] ?? lost()
      await outbox.settle([accepted(await begin(outbox, held, { call: aCall({ body: JSON.stringify(content) }) }))])
    }
    const { items } = await reader.sends({ from: NOON, limit: 9 })
    const named = JSON.stringify({ touser: "zhangsan|lisi", toparty: "2" })
    assert.deepEqual(
      items.map((send) => JSON.stringify(send.named)),
      [named, named, named],
    )
    assert.ok(JSON.stringify(items).length < 1000)
  }),

  rule("possible sends are reported page by page, the last to begin first, inside its bounds", async (store) => {
    const { outbox, reader } = store.stores
    await acceptAll(outbox, ["msg_1", "msg_2", "msg_3", "msg_4", "msg_5"])
    for (const [index, held] of (await claimDue(outbox)).entries()) {
      const body = JSON.stringify({ touser: `member-${index}` })
      const started = await begin(outbox, held, { at: NOON + Math.ceil(index / 2), call: aCall({ body }) })
      await outbox.settle([accepted(started, index === 3 ? { result: "refused", errcode: 40001 } : {})])
    }
    const told: (string | undefined)[] = []
    let cursor: string | undefined
    do {
      const query = { from: NOON + 1, before: NOON + 3, limit: 1 }
      const page = await reader.sends(cursor === undefined ? query : { ...query, cursor })
      assert.ok(page.items.length <= 1)
      told.push(...page.items.map(({ named }) => named.touser))
      cursor = page.nextCursor
    } while (cursor !== undefined)
    assert.deepEqual(told, ["member-4", "member-2", "member-1"])
  }),
  rule("busy members are known by their last note, also after a crash, and not for ever", async (store) => {
    const { busyMembers, upkeep } = store.stores
    const lisi = { party: PARTY, member: "lisi", count: 500, at: NOON }
    const zhangsan = { party: PARTY, member: "zhangsan", count: 700, at: NOON + 2 }
    await busyMembers.note(lisi)
    await busyMembers.note({ ...zhangsan, count: 600, at: NOON + 1 })
    await busyMembers.note({ ...zhangsan, party: OTHER_PARTY })
    await busyMembers.note(zhangsan)
    assert.deepEqual(byParty((await busyMembers.since(NOON + 1)).members), [
      zhangsan,
      { ...zhangsan, party: OTHER_PARTY },
    ])
    await using after = await store.crash()
    const told = await after.stores.busyMembers.since(NOON)
    assert.deepEqual(byParty(told.members), [lisi, zhangsan, { ...zhangsan, party: OTHER_PARTY }])
    assert.ok(told.completeFrom <= NOON)
    await upkeep.prune({ ...PRUNE_NOTHING, now: NOON + 1 + DAY_MS })
    assert.deepEqual(byParty((await busyMembers.since(0)).members), [zhangsan, { ...zhangsan, party: OTHER_PARTY }])
  }),
]

function byParty(members: readonly BusyMember[]): readonly BusyMember[] {
  return members.toSorted((a, b) => a.party.kind.localeCompare(b.party.kind) || a.member.localeCompare(b.member))
}

const DAY_MS = 24 * 3_600_000
const OTHER_PARTY = { ...PARTY, kind: "robot" }
const PRUNE_NOTHING = { finishedBefore: 0, eventsBefore: 0, lookupsBefore: 0, ...WHOLE_TRAIL, limit: 100 }
