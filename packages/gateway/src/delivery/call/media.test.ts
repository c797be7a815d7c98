import assert from "node:assert/strict"
import { readdirSync, rmSync } from "node:fs"
import { suite, test } from "node:test"
import { beijingDay } from "@wecom-push/protocol/delivery"
import { StorageError } from "../../model/storage-error.ts"
import { takeIn } from "../../files/take-in.ts"
import type { TakeInDeps } from "../../files/take-in.ts"
import { everyFault, faulty, sabotage } from "../../store/testing/faulty-store.ts"
import { PNG, TEXT } from "../../doors/http/testing/media-form.ts"
import { ALERTS_AGENT, startDispatch } from "../testing/start-dispatch.ts"
import type { DispatchUnderTest, Posted } from "../testing/start-dispatch.ts"

const DAY_S = 86_400
const A_KEY = { id: "key_1", client: "key_1" }

async function fileIn(
  bench: DispatchUnderTest,
  bytes: Uint8Array = TEXT,
  type: "file" | "image" = "file",
): Promise<string> {
  const { media } = bench.stores
  const pieces = async function* () {
    yield bytes
  }
  await using draft = await media.receive(pieces(), 1e6)
  const file = { draft, filename: "日志.txt" }
  // Faults of the door are tested elsewhere: here it reads nothing.
  const store: TakeInDeps["store"] = { keep: (...wish) => media.keep(...wish), get: () => Promise.resolve(undefined) }
  const place = { store, room: { pass: () => undefined } }
  const taken = await takeIn(place, file, type, { path: "file", key: A_KEY, apps: "all", at: bench.clock.now() })
  return taken.kind === "refused" ? assert.fail(JSON.stringify(taken.faults)) : taken.id
}

/** A message that names a file. */
function post(bench: DispatchUnderTest, medium: string, changes: Posted = {}): Promise<string> {
  return bench.post({
    users: ["zhangsan"],
    msgtype: "file",
    parts: [JSON.stringify({ msgtype: "file", file: { media_id: medium } })],
    media: [medium],
    ...changes,
  })
}

async function filesOn(bench: DispatchUnderTest, userid: string): Promise<string[]> {
  const { messages } = (await bench.control("GET", `messages?userid=${userid}`)) as {
    messages: { body: { file?: { media_id: string } } }[]
  }
  const files = messages.map(async ({ body }) => {
    const answer = await fetch(`${bench.simulator.url}/_sim/media/${body.file?.media_id}`)
    return `${answer.headers.get("content-disposition")} ${await answer.text()}`
  })
  return Promise.all(files)
}

async function problemOf(bench: DispatchUnderTest, id: string): Promise<unknown[]> {
  const { problem } = await bench.summary(id)
  return [problem?.code, problem?.errcode]
}

/** Waits until the upload is with WeCom: a hanging call is not listed before it ends. */
function faultMet(bench: DispatchUnderTest): Promise<void> {
  const isMet = async (): Promise<boolean> => {
    const { faults } = (await bench.control("GET", "faults")) as { faults: unknown[] }
    return faults.length === 0
  }
  return bench.until(isMet, "the upload to begin")
}

const uploadsOf = async (bench: DispatchUnderTest) => (await bench.calls("media/upload")).map(({ errcode }) => errcode)

test("a file is uploaded when a message first needs it, and once for all that follow", async () => {
  await using bench = await startDispatch()
  const medium = await fileIn(bench)
  assert.deepEqual(await uploadsOf(bench), [])
  const ids = [await post(bench, medium), await post(bench, medium, { users: ["lisi"] })]
  for (const id of ids) assert.deepEqual(await bench.outcome(id), ["sent"])
  assert.deepEqual(await uploadsOf(bench), [0])
  assert.deepEqual(bench.uploads, ["first"])
  const disposition = Buffer.from('attachment; filename="日志.txt"').toString("latin1")
  assert.deepEqual(await filesOn(bench, "zhangsan"), [`${disposition} ${String(TEXT)}`])
  const [call] = await bench.calls()
  assert.doesNotMatch(JSON.stringify(call?.body), /med_/)
})

test("many messages at once wait for one upload, which does not keep a text from going out", async () => {
  await using bench = await startDispatch({ settings: { concurrent_calls: 1 } })
  const medium = await fileIn(bench)
  await bench.fault({ path: "media/upload", kind: "slow", delay_ms: 400, times: 1 })
  const ids = await Promise.all(["zhangsan", "lisi", "WangWu"].map((user) => post(bench, medium, { users: [user] })))
  await faultMet(bench)
  const text = await bench.post({ users: ["lisi"], text: "磁盘 91%" })
  assert.deepEqual(await bench.outcome(text), ["sent"])
  assert.equal((await bench.calls()).length, 1)
  for (const id of ids) assert.deepEqual(await bench.outcome(id), ["sent"])
  assert.deepEqual(await uploadsOf(bench), [0])
})

test("apps of a corp share an upload", async () => {
  await using bench = await startDispatch()
  const medium = await fileIn(bench)
  await bench.outcome(await post(bench, medium))
  assert.deepEqual(await bench.outcome(await post(bench, medium, { app: "hr", users: ["WangWu"] })), ["sent"])
  assert.deepEqual(await uploadsOf(bench), [0])
})

test("what one corp's WeCom has is nothing to another's, which gets an upload of its own", async () => {
  await using bench = await startDispatch()
  const medium = await fileIn(bench)
  assert.deepEqual(await bench.outcome(await post(bench, medium)), ["sent"])
  const org = (await bench.control("GET", "org")) as Record<string, unknown>
  await bench.control("PUT", "org", { ...org, corp_id: "ww0000000000000002" })
  const app = { name: "other", corpId: "ww0000000000000002", agentId: 1000002, settings: {} }
  await bench.stores.apps.put({ ...app, secrets: { secret: "sim-secret-alerts" } }, bench.clock.now())
  assert.deepEqual(await bench.outcome(await post(bench, medium, { app: "other" })), ["sent"])
  assert.deepEqual(bench.uploads, ["first", "first"])
  const [first, second] = await bench.calls()
  assert.notDeepEqual(first?.body["file"], second?.body["file"])
})

// proves 4.5: the gateway
test("before its three days end a file is uploaded again; until then it is not", async () => {
  await using bench = await startDispatch()
  const medium = await fileIn(bench)
  await bench.outcome(await post(bench, medium))
  await bench.advance(2.7 * DAY_S)
  await bench.outcome(await post(bench, medium))
  assert.deepEqual(bench.uploads, ["first"])
  await bench.advance(0.2 * DAY_S)
  assert.deepEqual(await bench.outcome(await post(bench, medium)), ["sent"])
  assert.deepEqual(bench.uploads, ["first", "expiring"])
  assert.deepEqual(
    (await bench.calls()).map(({ errcode }) => errcode),
    [0, 0, 0],
  )
})

// proves 4.bad 6: an id past its three days
test("a call that waited for longer than its file lived is refused, and made anew with another id", async () => {
  await using bench = await startDispatch()
  const medium = await fileIn(bench)
  await bench.fault({ path: "message/send", kind: "errcode", errcode: 60020, times: 1 })
  const id = await post(bench, medium, { expiresAt: bench.clock.now() + 10 * DAY_S * 1000 })
  await bench.until(async () => (await problemOf(bench, id))[0] === "app_paused", "the app to be paused")
  await bench.advance(4 * DAY_S)
  assert.deepEqual(await bench.outcome(id), ["sent"])
  assert.deepEqual(
    (await bench.calls()).map(({ errcode }) => errcode),
    [60020, 40007, 0],
  )
  assert.deepEqual(bench.uploads, ["first", "refused"])
  assert.deepEqual(await problemOf(bench, id), [undefined, undefined])
})

test("an id that WeCom refuses is renewed once for all calls of a message, and no oftener", async () => {
  await using bench = await startDispatch()
  const medium = await fileIn(bench)
  await bench.fault({ path: "message/send", kind: "errcode", errcode: 40145, times: 1 })
  assert.deepEqual(await bench.outcome(await post(bench, medium)), ["sent"])
  assert.deepEqual(bench.uploads, ["first", "refused"])

  await bench.fault({ path: "message/send", kind: "errcode", errcode: 40007, times: 9 })
  const id = await post(bench, medium, { users: ["lisi"] })
  assert.deepEqual(await bench.outcome(id), ["failed"])
  const [recipient] = await bench.recipients(id)
  assert.deepEqual([recipient?.reason, recipient?.errcode], ["call_refused", 40007])
  assert.deepEqual(await problemOf(bench, id), ["call_refused", 40007])
  assert.deepEqual(bench.uploads, ["first", "refused"])
})

// proves 12.G2: what is reserved, over the dispatcher
test("while the new upload of a refused file has to wait, its recipients take nothing of the day's quota", async () => {
  await using bench = await startDispatch({ settings: { account_cap: 5 } })
  const day = beijingDay(bench.clock.now())
  const medium = await fileIn(bench)
  await bench.fault({ path: "message/send", kind: "errcode", errcode: 40007, times: 1 })
  await bench.fault({ path: "media/upload", kind: "errcode", errcode: -1, after: 1, times: 1 })
  const id = await post(bench, medium, { users: ["zhangsan", "lisi"] })
  await bench.until(async () => (await problemOf(bench, id))[0] === "upload_failed", "the upload to be put off")
  await bench.until(async () => (await bench.stores.personTimes.taken(ALERTS_AGENT, day)) === 0, "the quota to be back")
  await bench.advance(61)
  assert.deepEqual(await bench.outcome(id), ["sent", "sent"])
  assert.equal(await bench.stores.personTimes.taken(ALERTS_AGENT, day), 2)
})

test("an id of WeCom's own is never renewed", async () => {
  await using bench = await startDispatch()
  const id = await post(bench, "3not-ours", { media: [] })
  assert.deepEqual(await bench.outcome(id), ["failed"])
  assert.deepEqual(await uploadsOf(bench), [])
})

suite("an upload that fails", () => {
  test("for a reason of the file fails the message, with the reason, and nothing is sent", async () => {
    await using bench = await startDispatch()
    const medium = await fileIn(bench)
    await bench.fault({ path: "media/upload", kind: "errcode", errcode: 40004, times: 1 })
    const users = ["zhangsan", "lisi", "WangWu"]
    const id = await post(bench, medium, { users })
    assert.deepEqual(await bench.outcome(id), ["failed", "failed", "failed"])
    const [recipient] = await bench.recipients(id)
    assert.deepEqual([recipient?.reason, recipient?.errcode], ["media_refused", 40004])
    assert.deepEqual(await problemOf(bench, id), ["media_refused", 40004])
    assert.deepEqual(await bench.calls(), [])
    assert.equal(bench.finished.get("failed"), 3)
    await bench.dispatcher.retry(id, ["failed"])
    assert.deepEqual(await bench.outcome(id), ["sent", "sent", "sent"])
  })

  test("for a reason of the app pauses it, and continues when that is corrected", async () => {
    await using bench = await startDispatch()
    const medium = await fileIn(bench)
    await bench.fault({ path: "media/upload", kind: "errcode", errcode: 60020, times: 2 })
    const id = await post(bench, medium)
    await bench.until(async () => (await bench.stores.apps.get("alerts"))?.pause !== undefined, "the app to be paused")
    const text = await bench.post({ users: ["lisi"], text: "waits too" })
    assert.deepEqual(await problemOf(bench, id), ["app_paused", 60020])
    // While the message with the file is still at work, the text would be the oldest that waits, and would be the probe in
    // its place.
    const { sendAt } = await bench.summary(text)
    const isGivenBack = async (): Promise<boolean> => {
      const [first] = await bench.stores.outbox.waiting("alerts", bench.clock.now())
      return (first?.dueAt ?? Infinity) < sendAt
    }
    await bench.until(isGivenBack, "the message with the file to be given back")
    await bench.advance(61)
    await bench.until(async () => (await uploadsOf(bench)).length === 2, "the probe")
    assert.deepEqual(await bench.calls(), [])
    await bench.advance(61)
    assert.deepEqual(await bench.outcome(id), ["sent"])
    assert.deepEqual(await bench.outcome(text), ["sent"])
    assert.deepEqual(await problemOf(bench, id), [undefined, undefined])
    assert.equal((await bench.stores.apps.get("alerts"))?.pause, undefined)
  })

  test("for now is made again after a while, and spends no attempts", async () => {
    await using bench = await startDispatch()
    const medium = await fileIn(bench)
    await bench.fault({ path: "media/upload", kind: "errcode", errcode: -1, times: 1 })
    await bench.fault({ path: "media/upload", kind: "reset_before", times: 1 })
    await bench.fault({ path: "media/upload", kind: "reset_after", times: 1 })
    await bench.fault({ path: "media/upload", kind: "html", times: 1 })
    const id = await post(bench, medium)
    for (let tries = 1; tries <= 4; tries++) {
      await bench.until(async () => (await uploadsOf(bench)).length >= tries, `try ${tries}`)
      await bench.until(async () => (await problemOf(bench, id))[0] === "upload_failed", "the problem")
      await bench.advance(61)
    }
    assert.deepEqual(await bench.outcome(id), ["sent"])
    assert.equal((await bench.attempts(id)).length, 1)
    assert.deepEqual(await problemOf(bench, id), [undefined, undefined])
  })

  test("for its frequency keeps other files of the corp waiting, and texts not", async () => {
    await using bench = await startDispatch()
    const media = [await fileIn(bench), await fileIn(bench, PNG)]
    await bench.fault({ path: "media/upload", kind: "errcode", errcode: 45009, times: 1 })
    const first = await post(bench, media[0] ?? "")
    await bench.until(async () => (await problemOf(bench, first))[1] === 45009, "the refusal")
    const second = await post(bench, media[1] ?? "")
    assert.deepEqual(await bench.outcome(await bench.post({ users: ["lisi"] })), ["sent"])
    await bench.until(async () => (await problemOf(bench, second))[1] === 45009, "the other to wait")
    assert.equal((await uploadsOf(bench)).length, 1)
    await bench.advance(61)
    for (const id of [first, second]) assert.deepEqual(await bench.outcome(id), ["sent"])
  })
})

for (const [what, byS] of [
  ["a day back", -DAY_S],
  ["a day forwards", DAY_S],
] as const) {
  // proves N6: a clock that is set
  test(`N6: the clock goes ${what}: uploads that were put off are made when they would have been, and not before`, async () => {
    await using bench = await startDispatch()
    const media = [await fileIn(bench), await fileIn(bench, PNG)]
    await bench.fault({ path: "media/upload", kind: "errcode", errcode: 45009, times: 1 })
    const expiresAt = bench.clock.now() + 5 * DAY_S * 1000
    const first = await post(bench, media[0] ?? "", { expiresAt })
    await bench.until(async () => (await problemOf(bench, first))[1] === 45009, "the refusal")
    await new Promise((resolve) => setTimeout(resolve, 50))
    bench.clock.jump(byS * 1000)
    await bench.advance(5)
    const second = await post(bench, media[1] ?? "", { users: ["lisi"], expiresAt })
    await bench.until(async () => (await problemOf(bench, second))[1] === 45009, "the other to wait")
    await bench.advance(50)
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.equal((await uploadsOf(bench)).length, 1)
    await bench.advance(6)
    for (const id of [first, second]) assert.deepEqual(await bench.outcome(id), ["sent"])
  })

  test(`N6: the clock goes ${what}: an id that has just been renewed is not renewed again, and an hour later it is`, async () => {
    await using bench = await startDispatch()
    const medium = await fileIn(bench)
    await bench.fault({ path: "message/send", kind: "errcode", errcode: 40007, times: 1 })
    const expiresAt = bench.clock.now() + 5 * DAY_S * 1000
    assert.deepEqual(await bench.outcome(await post(bench, medium, { expiresAt })), ["sent"])
    assert.deepEqual(bench.uploads, ["first", "refused"])
    bench.clock.jump(byS * 1000)
    await bench.advance(5)
    await bench.fault({ path: "message/send", kind: "errcode", errcode: 40007, times: 1 })
    assert.deepEqual(await bench.outcome(await post(bench, medium, { users: ["lisi"], expiresAt })), ["failed"])
    assert.deepEqual(bench.uploads, ["first", "refused"])
    await bench.advance(3600)
    await bench.fault({ path: "message/send", kind: "errcode", errcode: 40007, times: 1 })
    assert.deepEqual(await bench.outcome(await post(bench, medium, { users: ["WangWu"], expiresAt })), ["sent"])
    assert.deepEqual(bench.uploads, ["first", "refused", "refused"])
  })
}

test("a file that is gone from the disk, or no longer what it was, fails the message and says so", async () => {
  await using bench = await startDispatch()
  const medium = await fileIn(bench)
  const { sha256 } = (await bench.stores.media.get(medium)) ?? assert.fail()
  const path = `${bench.databaseFile}.media/${sha256}`
  const { writeFileSync } = await import("node:fs")
  writeFileSync(path, Buffer.alloc(TEXT.length, "x"))
  const changed = await post(bench, medium)
  assert.deepEqual(await bench.outcome(changed), ["failed"])
  rmSync(path)
  const gone = await post(bench, medium, { users: ["lisi"] })
  assert.deepEqual(await bench.outcome(gone), ["failed"])
  assert.deepEqual(await problemOf(bench, gone), ["media_missing", undefined])
  assert.equal((await bench.recipients(gone))[0]?.reason, "media_missing")
  assert.equal((await bench.calls()).length, 0)
})

test("a message can be taken back while its file is on its way", async () => {
  await using bench = await startDispatch()
  const medium = await fileIn(bench)
  await bench.fault({ path: "media/upload", kind: "hang_before", times: 1 })
  const cancelled = await post(bench, medium)
  await faultMet(bench)
  assert.equal((await bench.dispatcher.cancel(cancelled)).kind, "cancelled")
  assert.deepEqual(await bench.outcome(cancelled), ["cancelled"])
  assert.deepEqual(await bench.calls(), [])
})

for (const [what, kind] of [
  ["has arrived", "slow"],
  ["did not arrive", "reset_before"],
] as const) {
  test(`a message whose time is over when its file ${what} is expired and not sent`, async () => {
    await using bench = await startDispatch()
    const medium = await fileIn(bench)
    await bench.fault({ path: "media/upload", kind, delay_ms: 300, times: 1 })
    const id = await post(bench, medium)
    await faultMet(bench)
    await bench.advance(25 * 3600)
    assert.deepEqual(await bench.outcome(id), ["expired"])
    assert.deepEqual(await bench.calls(), [])
  })
}

test("a gateway that stops does not wait for an upload, and makes it after the next start", async () => {
  await using bench = await startDispatch()
  const medium = await fileIn(bench)
  await bench.fault({ path: "media/upload", kind: "hang_before", times: 1 })
  const id = await post(bench, medium)
  await faultMet(bench)
  const before = performance.now()
  await bench.dispatcher.stop(170_000)
  assert.ok(performance.now() - before < 60_000)
  await bench.crash()
  assert.deepEqual(await bench.outcome(id), ["sent"])
})

test("after a crash what is with WeCom is known, and a call that was cut off is repeated with the same bytes", async () => {
  await using bench = await startDispatch()
  const medium = await fileIn(bench)
  await bench.fault({ path: "message/send", kind: "hang_after", times: 1 })
  const id = await post(bench, medium)
  await bench.until(async () => (await bench.stats())["recipients"] === 1, "the call")
  await bench.crash()
  assert.deepEqual(await bench.outcome(id), ["sent"])
  assert.deepEqual(await uploadsOf(bench), [0])
  const [first, second] = await bench.calls()
  assert.equal(first?.sha256, second?.sha256)
  assert.equal((await filesOn(bench, "zhangsan")).length, 1)
})

test("where a file is need not be written down for the message to go out", async () => {
  await using bench = await startDispatch({
    wrap: (stores) => ({
      ...stores,
      media: faulty(stores.media, [
        { method: "rememberUpload", when: "before", call: 1, error: new StorageError("storage_full") },
      ]),
    }),
  })
  const medium = await fileIn(bench)
  assert.deepEqual(await bench.outcome(await post(bench, medium)), ["sent"])
  assert.deepEqual(await bench.outcome(await post(bench, medium, { users: ["lisi"] })), ["sent"])
  assert.deepEqual(await uploadsOf(bench), [0])
  assert.equal(readdirSync(`${bench.databaseFile}.media`).length, 1)
})

test("a card and an article carry files too", async () => {
  await using bench = await startDispatch()
  const [file, picture] = [await fileIn(bench), await fileIn(bench, PNG, "image")]
  const card = {
    card_type: "text_notice",
    main_title: { title: "t" },
    card_action: { type: 1, url: "https://example.com" },
    horizontal_content_list: [{ keyname: "k", value: "a.txt", type: 2, media_id: file }],
  }
  const mpnews = { articles: [{ title: "t", content: "c", thumb_media_id: picture }] }
  for (const [msgtype, payload] of [
    ["template_card", card],
    ["mpnews", mpnews],
  ] as const) {
    const parts = [JSON.stringify({ msgtype, [msgtype]: payload })]
    assert.deepEqual(await bench.outcome(await post(bench, file, { msgtype, parts })), ["sent"])
  }
  assert.equal((await uploadsOf(bench)).length, 2)
  for (const { body } of await bench.calls()) assert.doesNotMatch(JSON.stringify(body), /med_/)
})

/** The least number of calls of each method in the tests below. */
const MEDIA = { get: 2, open: 2, uploadOf: 3, rememberUpload: 2, forgetUpload: 1 }

for (const fault of Object.entries(MEDIA).flatMap(([method, calls]) => everyFault([method], calls))) {
  // proves 3.test 1: store contract, broken stores, faults
  test(`media.${fault.method} failing ${fault.when} its ${fault.call}. time: the file arrives, and no recipient gets two copies`, async () => {
    const told: string[] = []
    await using bench = await startDispatch({
      wrap: (stores) => {
        sabotage(stores.media, [fault], (method) => void told.push(method))
        return stores
      },
    })
    const medium = await fileIn(bench)
    // So that the file needs another id.
    await bench.fault({ path: "message/send", kind: "errcode", errcode: 40145, times: 1 })
    const ids = [await post(bench, medium), await post(bench, medium, { users: ["lisi"] })]
    await bench.until(async () => {
      const summaries = await Promise.all(ids.map((id) => bench.summary(id)))
      if (summaries.every(({ finishedAt }) => finishedAt !== undefined)) return true
      await bench.advance(5)
      return false
    }, "both to be finished")
    for (const id of ids) assert.deepEqual(await bench.states(id), ["sent"])
    for (const user of ["zhangsan", "lisi"]) assert.equal((await filesOn(bench, user)).length, 1)
    assert.ok(told.filter((method) => method === fault.method).length >= fault.call, told.join())
  })
}
