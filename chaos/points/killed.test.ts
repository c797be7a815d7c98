import assert from "node:assert/strict"
import { hash } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { LOOKUP_PATH, SEND_PATH, TOKEN_PATH } from "../check/evidence.ts"
import type { LedgerCall } from "../check/evidence.ts"
import { mobile, userid } from "../world.ts"
import { Rig, until } from "./rig.ts"

const ONE = { users: [userid(1)] }
const THREE = [userid(1), userid(2), userid(3)]
const once = (people: readonly string[]): Record<string, number> => Object.fromEntries(people.map((one) => [one, 1]))
const bytesOf = (calls: readonly LedgerCall[]): readonly string[] => [...new Set(calls.map(({ sha256 }) => sha256))]

// proves P1: before the commit of an accept
test("P1: killed before the commit of an accept, the client's repeat makes one message", async () => {
  await using rig = await Rig.open()
  await rig.start({ point: "accept.before_commit", hit: 1 })
  assert.equal(await rig.post("t1", ONE), undefined)
  await rig.dies()
  await rig.start()
  const reply = await rig.post("t1", ONE)
  assert.equal(reply?.status, 202)
  assert.equal(reply.headers["idempotent-replayed"], undefined)
  const [message, ...others] = await rig.messages()
  assert.deepEqual(others, [])
  assert.deepEqual(await rig.outcome(message?.id ?? ""), ["sent"])
  assert.deepEqual(await rig.shown("t1"), once([userid(1)]))
})

// proves P2: between commit and reply
test("P2: killed between commit and reply, the client's repeat gets the same message", async () => {
  await using rig = await Rig.open()
  await rig.start({ point: "accept.after_commit", hit: 1 })
  assert.equal(await rig.post("t1", ONE), undefined)
  await rig.dies()
  await rig.start()
  const [before] = await rig.messages()
  const reply = await rig.post("t1", ONE)
  assert.equal(reply?.status, 202)
  assert.equal(reply.headers["idempotent-replayed"], "true")
  const { id, recipients } = reply.json as { id: string; recipients: number }
  assert.deepEqual([id, recipients], [before?.id, 1])
  assert.equal((await rig.messages()).length, 1)
  assert.deepEqual(await rig.outcome(id), ["sent"])
  assert.deepEqual(await rig.shown("t1"), once([userid(1)]))
})

// proves P3: after the reply
test("P3: killed after the reply, the message is sent after the restart", async () => {
  await using rig = await Rig.open()
  await rig.start()
  const id = await rig.mustPost("t1", ONE)
  await rig.gateway.kill()
  await rig.start()
  assert.deepEqual(await rig.outcome(id), ["sent"])
  assert.deepEqual(await rig.shown("t1"), once([userid(1)]))
})

// proves P4: between two look-ups
test("P4: killed between two look-ups, what was found is not asked for again", async () => {
  await using rig = await Rig.open()
  const mobiles = [mobile(1), mobile(2), mobile(3)]
  for (const match of mobiles.slice(1)) await rig.fault({ path: "user/getuserid", kind: "hang_before", match })
  await rig.start({ point: "resolve.after_one", hit: 1 })
  await rig.post("t1", { mobiles })
  await rig.dies()
  await rig.start()
  // It may have died before it replied, because work on a message begins while it is being stored.
  const id = await rig.mustPost("t1", { mobiles })
  assert.deepEqual(await rig.outcome(id), ["sent", "sent", "sent"])
  const asked = (await rig.calls()).filter(({ path, errcode }) => path === LOOKUP_PATH && errcode === 0)
  assert.equal(asked.length, 3)
  assert.deepEqual(new Set(asked.map(({ mobile }) => mobile)), new Set(mobiles))
  assert.deepEqual(await rig.shown("t1"), once(THREE))
})

// proves P5: before the first call
test("P5: killed before the first call is frozen, everybody gets one copy in as few calls", async () => {
  await using rig = await Rig.open()
  await rig.start({ point: "begin.before_commit", hit: 1 })
  const everybody = Array.from({ length: 2500 }, (_, index) => userid(index + 1))
  await rig.post("t1", { users: everybody })
  await rig.dies()
  assert.deepEqual(await rig.sends("t1"), [])
  await rig.start()
  // It may have died before it replied, because work on a message begins while it is being stored.
  const id = await rig.mustPost("t1", { users: everybody })
  assert.equal((await rig.outcome(id)).length, 1000)
  // They are under way together and arrive in any order.
  assert.deepEqual(
    (await rig.sends("t1")).map(({ userCount }) => userCount ?? 0).toSorted((a, b) => b - a),
    [1000, 1000, 500],
  )
  assert.deepEqual(await rig.shown("t1"), once(everybody))
})

// proves P6: between intent and first byte
test("P6: killed between intent and first byte, the frozen bytes go out, once", async () => {
  await using rig = await Rig.open()
  await rig.start({ point: "send.before_write", hit: 1 })
  const id = await rig.mustPost("t1", { users: THREE })
  await rig.dies()
  assert.deepEqual(await rig.sends("t1"), [])
  const frozen = bodiesIn(rig.databaseFile)
  await rig.start()
  assert.deepEqual(await rig.outcome(id), ["sent", "sent", "sent"])
  const sends = await rig.sends("t1")
  assert.equal(sends.length, 1)
  assert.deepEqual(bytesOf(sends), frozen)
  assert.deepEqual(await rig.shown("t1"), once(THREE))
})

// proves P7: waiting for the reply
test("P7: killed while WeCom holds its reply, the same bytes are repeated, and shown once", async () => {
  await using rig = await Rig.open()
  await rig.fault({ path: "message/send", kind: "hang_after" })
  await rig.start()
  const id = await rig.mustPost("t1", { users: THREE })
  await until("the call to arrive", async () => ((await rig.sends("t1")).length > 0 ? true : undefined))
  await rig.gateway.kill()
  await rig.start()
  assert.deepEqual(await rig.outcome(id), ["sent", "sent", "sent"])
  const sends = await rig.sends("t1")
  assert.deepEqual([sends.length, bytesOf(sends).length, sends[1]?.suppressed], [2, 1, THREE])
  assert.deepEqual(await rig.shown("t1"), once(THREE))
})

test("P7: killed with the last byte of the request just written, all the same", async () => {
  await using rig = await Rig.open()
  await rig.start({ point: "send.after_write", hit: 1 })
  const id = await rig.mustPost("t1", { users: THREE })
  await rig.dies()
  await rig.start()
  assert.deepEqual(await rig.outcome(id), ["sent", "sent", "sent"])
  assert.equal(bytesOf(await rig.sends("t1")).length, 1)
  assert.deepEqual(await rig.shown("t1"), once(THREE))
})

// proves P8: with the reply not stored
test("P8: killed with the reply read and not stored, the outcome is that of the first reply", async () => {
  await using rig = await Rig.open()
  await rig.start({ point: "settle.before_commit", hit: 1 })
  const id = await rig.mustPost("t1", { users: [userid(1), "nobody"], mobiles: [mobile(2)] })
  await rig.dies()
  await rig.start()
  assert.deepEqual(await rig.outcome(id), ["sent", "invalid", "sent"])
  const sends = await rig.sends("t1")
  assert.deepEqual([sends.length, bytesOf(sends).length], [2, 1])
  assert.deepEqual(await rig.shown("t1"), once([userid(1), userid(2)]))
})

// proves P9: after the outcome
test("P9: killed after the outcome is stored, nothing is repeated", async () => {
  await using rig = await Rig.open()
  await rig.start({ point: "settle.after_commit", hit: 1 })
  const id = await rig.mustPost("t1", { users: THREE })
  await rig.dies()
  await rig.start()
  assert.deepEqual(await rig.outcome(id), ["sent", "sent", "sent"])
  assert.equal((await rig.sends("t1")).length, 1)
})

// proves P11: with a new token
test("P11: killed with a new token just received, one more is asked for and no call is lost", async () => {
  await using rig = await Rig.open()
  await rig.start({ point: "token.after_reply", hit: 1 })
  const id = await rig.mustPost("t1", { users: THREE })
  await rig.dies()
  await rig.start()
  assert.deepEqual(await rig.outcome(id), ["sent", "sent", "sent"])
  const tokens = (await rig.calls()).filter(({ path }) => path === TOKEN_PATH)
  assert.ok(tokens.length <= 2, `${tokens.length} tokens`)
  assert.deepEqual(await rig.shown("t1"), once(THREE))
})

/** Each message has recipients of its own, because repeats count too, and no member may get more than thirty in a minute. */
const peopleOf = (index: number): string[] => [1, 2, 3].map((nth) => userid(3 * index + nth))

// proves P12: on the way up
test("P12: killed twenty times on its way up, it starts, and what was in flight is shown once", async () => {
  await using rig = await Rig.open()
  await rig.fault({ path: "message/send", kind: "hang_after", times: 20 })
  await rig.start()
  const ids = await Promise.all(
    Array.from({ length: 20 }, (_, index) => rig.mustPost(`t${index}`, { users: peopleOf(index) })),
  )
  await until("twenty calls in flight", async () => ((await sent(rig)).length >= 20 ? true : undefined))
  await rig.gateway.kill()
  for (let times = 0; times < 20; times++) {
    const gateway = rig.spawn()
    gateway.start().catch(() => undefined)
    await gateway.loaded
    await sleep(times * 5)
    await gateway.kill()
  }
  await rig.start()
  for (const [index, id] of ids.entries()) {
    const states = new Set(await rig.outcome(id))
    // It may have been ready and sending when it was killed, and five such deaths in a row count as a crash loop.
    assert.ok(states.size === 1 && (states.has("sent") || states.has("in_doubt")), [...states].join())
    assert.deepEqual(await rig.shown(`t${index}`), once(peopleOf(index)))
  }
})

// proves P12: on the way up
test("P12: killed at any moment of its first start, it starts all the same", async () => {
  for (let times = 0; times < 8; times++) {
    await using rig = await Rig.open()
    const gateway = rig.spawn()
    gateway.start().catch(() => undefined)
    await gateway.loaded
    await sleep(times * 9)
    await gateway.kill()
    await rig.start()
    assert.deepEqual(await rig.outcome(await rig.mustPost("t1", ONE)), ["sent"])
  }
})

// proves P13: while stopping
test("P13: killed at every step of a stop, nothing that may have been sent is reported as failed, and no one gets two", async () => {
  await using rig = await Rig.open()
  for (let step = 0; step <= 6; step++) {
    await rig.fault({ path: "message/send", kind: "slow", delay_ms: 150, times: 5 })
    await rig.start()
    const topics = Array.from({ length: 5 }, (_, index) => `t${step}-${index}`)
    // Other recipients at each step, or they would reach their rate.
    const users = [userid(10 * step + 1), userid(10 * step + 2)]
    const ids = await Promise.all(topics.map((topic) => rig.mustPost(topic, { users })))
    rig.gateway.signal("SIGTERM")
    await sleep(step * 50)
    await rig.gateway.kill()
    await rig.start()
    for (const [index, id] of ids.entries()) {
      assert.deepEqual(await rig.outcome(id), ["sent", "sent"])
      assert.deepEqual(await rig.shown(topics[index] ?? ""), once(users))
    }
    assert.equal(await rig.gateway.stop(), "0")
  }
})

// proves P14: again and again
test("P14: a call that kills the gateway each time is parked as a crash loop, and the others go out", async () => {
  const kill: { at?: () => void } = {}
  const onRequestBytes = (bytes: Buffer, path: string): void => {
    if (path === SEND_PATH && bytes.includes("poison")) kill.at?.()
  }
  await using rig = await Rig.open({ hooks: { onRequestBytes } })
  let kills = 0
  kill.at = () => {
    kills++
    rig.gateway.signal("SIGKILL")
  }
  await rig.start()
  const others = ["t1", "t2", "t3"]
  const poison = await rig.mustPost("poison", ONE)
  let ids: (string | undefined)[] | undefined
  while (await diesOf(rig, poison)) {
    await rig.start()
    if (kills === 1)
      ids ??= await Promise.all(others.map((topic) => rig.post(topic, ONE).then((reply) => idOf(reply?.json))))
  }
  assert.deepEqual(await rig.recipients(poison).then(([row]) => [row?.state, row?.reason]), ["in_doubt", "crash_loop"])
  assert.equal(kills, 5)
  // Some of the other requests may have failed because the gateway died: they are posted again, as a client would do.
  for (const [index, topic] of others.entries()) {
    const id = ids?.[index] ?? (await rig.mustPost(topic, ONE))
    assert.deepEqual(await rig.outcome(id), ["sent"])
    assert.deepEqual(await rig.shown(topic), once([userid(1)]))
  }
})

// proves P15: for want of memory, or by an error
test("P15: a gateway that runs out of memory ends with another code than 0, and the next one continues", async () => {
  const filling = 'process.on("SIGUSR2",()=>{const all=[];for(;;)all.push(Array.from({length:1e5},()=>({})))})'
  await using rig = await Rig.open()
  await rig.fault({ path: "message/send", kind: "hang_after" })
  await rig.start(null, {
    nodeOptions: ["--max-old-space-size=96", `--import=data:text/javascript,${encodeURIComponent(filling)}`],
  })
  const id = await rig.mustPost("t1", { users: THREE })
  await until("the call to arrive", async () => ((await rig.sends("t1")).length > 0 ? true : undefined))
  rig.gateway.signal("SIGUSR2")
  assert.match(await rig.gateway.exit, /^(?:SIGABRT|134)$/)
  assert.match(readFileSync(join(rig.folder, "gateway.log"), "utf8"), /heap out of memory/)
  await rig.start()
  assert.deepEqual(await rig.outcome(id), ["sent", "sent", "sent"])
  assert.equal(bytesOf(await rig.sends("t1")).length, 1)
  assert.deepEqual(await rig.shown("t1"), once(THREE))
})

/** False when the gateway does not die, because a recipient has a result. */
async function diesOf(rig: Rig, id: string): Promise<boolean> {
  return until("the gateway to die, or the message to rest", async () => {
    if (rig.gateway.isDead) return "dead"
    const states = await rig.recipients(id).catch(() => [])
    return states.some(({ state }) => state !== "pending") ? "at rest" : undefined
  }).then((end) => end === "dead")
}

async function sent(rig: Rig): Promise<readonly LedgerCall[]> {
  return (await rig.calls()).filter(({ path }) => path === SEND_PATH)
}

function idOf(answer: unknown): string | undefined {
  return (answer as { readonly id?: string } | undefined)?.id
}

/** Hashes of the bodies that a dead gateway left to be sent. */
function bodiesIn(databaseFile: string): readonly string[] {
  using db = new DatabaseSync(databaseFile, { readOnly: true })
  return db
    .prepare("select body from calls")
    .all()
    .map(({ body }) => hash("sha256", String(body)))
}
