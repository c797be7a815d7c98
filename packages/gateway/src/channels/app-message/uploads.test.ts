import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { test } from "node:test"
import { WeComError } from "@wecom-push/sdk"
import { fakeApi } from "../../../../sdk/src/testing/fake-api.ts"
import { JumpAwareClock } from "../../model/jump-aware-clock.ts"
import { LostFileError } from "../../model/lost-file-error.ts"
import { StorageError } from "../../model/storage-error.ts"
import type { HealthReport } from "../../model/ports/governor.ts"
import type { HeldMedium, MediaUpload } from "../../model/ports/media.ts"
import { stillClock } from "../../delivery/testing/fast-clock.ts"
import { appMessageChannel } from "./app-message.ts"
import { Uploads } from "./uploads.ts"
import type { UploadingApp, Uploading } from "./uploads.ts"

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** Further messages name the same upload for this long. */
const REUSED_FOR = 66 * HOUR
const sha256 = createHash("sha256").update("content").digest("hex")

/** WeCom's answer to a file: an id, an errcode, or `LOST`. */
type Answer = string | number
const LOST = "lost"

/** Uploads and everything around them. */
class UploadsUnderTest {
  readonly machine = stillClock()
  readonly clock = new JumpAwareClock(this.machine)
  readonly stored = new Map<string, MediaUpload>()
  readonly forgotten: unknown[] = []
  /** The errors in the log. */
  readonly errors: unknown[] = []
  readonly turns: unknown[] = []
  readonly reasons: string[] = []
  readonly reports: HealthReport[] = []
  readonly asked: unknown[] = []
  readonly answers: (Answer | Promise<Answer>)[] = []
  /** The result of opening a file; its content unless given. */
  opens: unknown = new Blob(["content"])
  isThere = true
  /** The transport reports the bytes it has sent. */
  showsBytes = true
  keepFails: Error | undefined
  closedUntil: number | undefined
  isUnreachable = false
  /** Called when the file's turn comes. */
  atItsTurn: (() => void) | undefined
  readonly #stopping = new AbortController()
  readonly uploads: Uploads

  constructor() {
    this.uploads = new Uploads({
      media: {
        get: (id) => Promise.resolve(this.isThere ? aMedium(id) : undefined),
        open: () => {
          if (this.opens instanceof Error) return Promise.reject(this.opens)
          return Promise.resolve(this.opens instanceof Blob ? this.opens : undefined)
        },
        uploadOf: (id, where) => Promise.resolve(this.stored.get(`${where} ${id}`)),
        rememberUpload: (id, where, upload) => {
          if (this.keepFails !== undefined) return Promise.reject(this.keepFails)
          this.stored.set(`${where} ${id}`, upload)
          return Promise.resolve()
        },
        forgetUpload: (id, where, mediaId) => {
          this.forgotten.push([id, where, mediaId])
          this.stored.delete(`${where} ${id}`)
          return Promise.resolve()
        },
      },
      locks: {
        run: (name, task, options) => {
          this.turns.push([name, options])
          this.atItsTurn?.()
          return task()
        },
      },
      baseUrl: "https://wecom.example",
      clock: this.clock,
      random: () => 1,
      log: { info: () => undefined, warn: () => undefined, error: (fields) => this.errors.push(fields) },
      metrics: { mediumUploaded: (_app, reason) => this.reasons.push(reason) },
      stopping: this.#stopping.signal,
    })
  }

  app(name = "alerts", corpId = "ww1"): UploadingApp {
    const api = fakeApi(async ({ path, query, signal, body, onSent }) => {
      this.asked.push([name, path, query?.["type"]])
      assert.equal(signal, this.#stopping.signal)
      const bytes = body instanceof Blob ? await body.bytes() : assert.fail()
      if (this.showsBytes) onSent?.(bytes, bytes.byteLength)
      const answer = (await this.answers.shift()) ?? `id ${this.asked.length}`
      if (answer === LOST) throw new WeComError({ code: "unreachable", message: "lost", hint: "", language: "en" })
      return typeof answer === "number"
        ? { errcode: answer, errmsg: `said ${answer}` }
        : { errcode: 0, media_id: answer }
    }, this.clock)
    return {
      app: { name, corpId },
      channel: appMessageChannel(api, 1_000_002),
      governor: {
        closedUntilMs: () => this.closedUntil,
        isUnreachable: this.isUnreachable,
        report: (report) => {
          this.reports.push(report)
          return undefined
        },
      },
    }
  }

  /** As in `uploaded id 1`; for `later` also when, in milliseconds from now, and why. */
  async provide(id = "med_1", app = this.app()): Promise<string> {
    return this.said(await this.uploads.provide(app, id))
  }

  said(uploading: Uploading): string {
    if (uploading.kind === "uploaded") return `uploaded ${uploading.mediaId}`
    const why = Object.values(uploading.problem ?? {}).join(" ")
    if (uploading.kind === "refused") return `refused ${why}`
    return `later ${uploading.at === undefined ? "when open" : `+${uploading.at - this.clock.now()}`} ${why}`.trim()
  }
}

function aMedium(id: string): HeldMedium {
  return {
    id,
    type: "image",
    filename: "a.png",
    sizeBytes: 7,
    sha256,
    storedAt: 0,
    postedAt: 0,
    keyId: "key_1",
    apps: "all",
  }
}

const busy = new StorageError("storage_busy")
const aWhile = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

test("a file is uploaded once for all apps of its corp and each WeCom, and written down with when that began", async () => {
  const it = new UploadsUnderTest()
  assert.equal(await it.provide(), "uploaded id 1")
  assert.equal(await it.provide("med_1", it.app("hr")), "uploaded id 1")
  assert.equal(await it.provide("med_1", it.app("alerts", "ww2")), "uploaded id 2")
  assert.equal(await it.provide("med_2"), "uploaded id 3")
  assert.deepEqual(it.asked[0], ["alerts", "media/upload", "image"])
  assert.deepEqual(it.stored.get("ww1 https://wecom.example med_1"), { mediaId: "id 1", uploadedAt: it.clock.now() })
  assert.deepEqual(it.turns[0], ["upload ww1 https://wecom.example med_1", { patienceMs: 120_000 }])
  assert.equal(it.turns.length, 3, "what is there already needs no turn")
})

test("where one gateway alone has the connection, an upload waits 2 s for another gateway, which cannot finish its own", async () => {
  const it = new UploadsUnderTest()
  const app = it.app()
  assert.equal(
    await it.provide("med_1", { ...app, channel: { ...app.channel, isOfOneGateway: true } }),
    "uploaded id 1",
  )
  assert.deepEqual(it.turns[0], ["upload ww1 https://wecom.example med_1", { patienceMs: 2000 }])
})

test("an upload is used until it would be too old for WeCom, and made anew then", async () => {
  const it = new UploadsUnderTest()
  await it.provide()
  it.machine.advance(REUSED_FOR - 1)
  assert.equal(await it.provide(), "uploaded id 1")
  it.machine.advance(1)
  assert.equal(await it.provide(), "uploaded id 2")
  assert.deepEqual(it.reasons, ["first", "expiring"])
})

test("a file that another caller has uploaded in the meantime is not uploaded again", async () => {
  const it = new UploadsUnderTest()
  it.atItsTurn = () =>
    it.stored.set("ww1 https://wecom.example med_1", { mediaId: "theirs", uploadedAt: it.clock.now() })
  assert.equal(await it.provide(), "uploaded theirs")
  assert.equal(it.asked.length, 0)
})

test("four files of a corp are on their way at a time, and those of another are not in their way", async () => {
  const it = new UploadsUnderTest()
  const answers = Array.from({ length: 6 }, () => Promise.withResolvers<Answer>())
  it.answers.push(...answers.map(({ promise }) => promise))
  const all = [1, 2, 3, 4, 5, 6].map((n) => it.provide(`med_${n}`))
  await aWhile()
  assert.equal(it.asked.length, 4)
  const other = it.provide("med_1", it.app("hr", "ww2"))
  await aWhile()
  assert.equal(it.asked.length, 5)
  answers[0]?.resolve("one")
  await aWhile()
  assert.equal(it.asked.length, 6, "the next one has its place")
  for (const { resolve } of answers) resolve("done")
  await Promise.all([...all, other])
  assert.equal(it.asked.length, 7)
})

test("while the app is closed nothing is uploaded, also where that came while it waited for a place", async () => {
  const it = new UploadsUnderTest()
  it.closedUntil = 1
  assert.equal(await it.provide(), "later when open")
  it.closedUntil = undefined
  const answers = Array.from({ length: 4 }, () => Promise.withResolvers<Answer>())
  it.answers.push(...answers.map(({ promise }) => promise))
  const all = [1, 2, 3, 4, 5].map((n) => it.provide(`med_${n}`))
  await aWhile()
  it.closedUntil = 1
  assert.equal(await it.provide("med_6"), "later when open", "it waits for no place")
  for (const { resolve } of answers) resolve("done")
  assert.equal((await Promise.all(all))[4], "later when open")
  assert.equal(it.asked.length, 4)
})

test("an upload that fails is tried again after a while, which grows, and holds up no other file", async () => {
  const it = new UploadsUnderTest()
  it.answers.push(LOST)
  assert.equal(await it.provide(), "later +1000 upload_failed lost")
  it.machine.advance(999)
  assert.equal(await it.provide(), "later +1 upload_failed lost")
  assert.equal(it.asked.length, 1)
  assert.equal(await it.provide("med_2"), "uploaded id 2")
  it.machine.advance(1)
  it.answers.push(LOST)
  assert.equal(await it.provide(), "later +2000 upload_failed lost")
  it.machine.advance(2000)
  assert.equal(await it.provide(), "uploaded id 4")
  it.machine.advance(REUSED_FOR)
  it.answers.push(LOST)
  assert.equal(await it.provide(), "later +1000 upload_failed lost", "what went well is a new beginning")
})

test("a wait keeps its length when the clock is set meanwhile", async () => {
  const it = new UploadsUnderTest()
  it.answers.push(LOST)
  await it.provide()
  it.machine.jump(24 * HOUR)
  assert.equal(await it.provide(), "later +1000 upload_failed lost")
})

test("trouble of one app is no other's, and none of another corp's that has its name", async () => {
  const it = new UploadsUnderTest()
  it.answers.push(LOST)
  await it.provide()
  assert.equal(await it.provide("med_1", it.app("alerts", "ww2")), "uploaded id 2")
  assert.equal(await it.provide("med_1", it.app("hr")), "uploaded id 3")
  assert.equal(await it.provide(), "uploaded id 3")
})

test("45009 closes the uploads of the corp, until one has gone well", async () => {
  const it = new UploadsUnderTest()
  it.answers.push(45009)
  assert.equal(await it.provide(), "later +60000 upload_failed 45009 said 45009")
  assert.equal(await it.provide("med_2"), "later +60000 upload_failed 45009 said 45009")
  assert.equal(await it.provide("med_2", it.app("hr", "ww2")), "uploaded id 2")
  it.machine.advance(MINUTE)
  assert.equal(await it.provide("med_2"), "uploaded id 3")
  assert.equal(await it.provide(), "uploaded id 4")
})

test("uploads that are closed are open again when one that was under way goes well", async () => {
  const it = new UploadsUnderTest()
  const answers = [Promise.withResolvers<Answer>(), Promise.withResolvers<Answer>()] as const
  it.answers.push(...answers.map(({ promise }) => promise))
  const both = [it.provide("med_1"), it.provide("med_2")]
  await aWhile()
  answers[0].resolve(45009)
  await both[0]
  assert.match(await it.provide("med_3"), /^later/)
  answers[1].resolve("done")
  await both[1]
  assert.equal(await it.provide("med_3"), "uploaded id 3")
})

test("while WeCom cannot be reached a file waits for as long as the app does", async () => {
  const it = new UploadsUnderTest()
  it.isUnreachable = true
  it.answers.push(LOST, -1)
  assert.equal(await it.provide(), "later when open upload_failed lost")
  assert.match(await it.provide(), /^later \+\d+ upload_failed -1/, "WeCom answers")
})

test("a refusal that closes the app is reported to it, with the file", async () => {
  const it = new UploadsUnderTest()
  it.answers.push(60020)
  assert.equal(await it.provide(), "later when open app_paused 60020 said 60020")
  assert.equal(it.reports[0]?.health.kind, "misconfigured")
  assert.equal(await it.provide(), "uploaded id 2", "nothing else is in its way")
})

test("the app's governor hears of each upload, from when to when by steady time", async () => {
  const it = new UploadsUnderTest()
  const answer = Promise.withResolvers<Answer>()
  it.answers.push(answer.promise)
  const from = it.clock.steady.now()
  const provided = it.provide()
  await aWhile()
  it.machine.advance(700)
  it.machine.jump(HOUR)
  answer.resolve("done")
  await provided
  assert.deepEqual(
    it.reports.map(({ health, ...span }) => [health.kind, span.from - from, span.at - from]),
    [["answered", 0, 700]],
  )
  assert.equal(it.stored.values().next().value?.uploadedAt, from, "its time is that of the clock as it was then")
})

test("a file that WeCom does not take is refused with its code, and not tried less often for earlier trouble", async () => {
  const it = new UploadsUnderTest()
  it.answers.push(LOST, 40006, LOST)
  await it.provide()
  it.machine.advance(1000)
  assert.equal(await it.provide(), "refused media_refused 40006 said 40006")
  assert.equal(await it.provide(), "later +1000 upload_failed lost")
})

test("a file that is not there, or not what it was, is missing", async () => {
  const it = new UploadsUnderTest()
  it.isThere = false
  assert.equal(await it.provide(), "refused media_missing")
  it.isThere = true
  for (const opens of [undefined, new LostFileError("another length")]) {
    it.opens = opens
    assert.equal(await it.provide(), "refused media_missing")
  }
  assert.equal(it.asked.length, 0)
  const file = { app: "alerts", medium: "med_1" }
  assert.deepEqual(it.errors, [file, file, { ...file, what: "another length" }])
})

test("a file whose bytes were others on their way is missing, also where WeCom took it", async () => {
  const it = new UploadsUnderTest()
  it.opens = new Blob(["changed"])
  assert.equal(await it.provide(), "refused media_missing")
  assert.equal(it.stored.size, 0)
  it.showsBytes = false
  assert.equal(await it.provide(), "uploaded id 2", "a transport that does not show them says nothing of them")
})

test("a bucket that cannot be used is waited for, longer each time; another failure of the store is one", async () => {
  const it = new UploadsUnderTest()
  it.opens = new StorageError("files_unavailable", { cause: new Error("no way to it") })
  assert.equal(await it.provide(), "later +1000 files_unavailable no way to it")
  it.machine.advance(1000)
  it.opens = new StorageError("files_unavailable")
  assert.equal(await it.provide(), "later +2000 files_unavailable")
  it.opens = new Blob(["content"])
  assert.equal(await it.provide("med_2"), "uploaded id 1", "it may have another file")
  it.machine.advance(2000)
  it.opens = busy
  await assert.rejects(it.provide(), busy)
  it.opens = new TypeError("a fault of ours")
  await assert.rejects(it.provide(), TypeError)
})

test("an upload that cannot be written down yet is used all the same, and what is written down counts once it can", async () => {
  const it = new UploadsUnderTest()
  it.keepFails = busy
  assert.equal(await it.provide(), "uploaded id 1")
  assert.equal(await it.provide(), "uploaded id 1")
  assert.equal(it.asked.length, 1)
  it.machine.advance(REUSED_FOR)
  it.keepFails = undefined
  assert.equal(await it.provide(), "uploaded id 2")
  it.stored.set("ww1 https://wecom.example med_1", { mediaId: "theirs", uploadedAt: it.clock.now() })
  assert.equal(await it.provide(), "uploaded theirs")
  it.keepFails = new TypeError("a fault of ours")
  await assert.rejects(it.provide("med_2"), TypeError)
})

test("an id that WeCom refuses is forgotten, and the file uploaded anew", async () => {
  const it = new UploadsUnderTest()
  await it.provide()
  assert.equal(await it.uploads.replace(it.app(), "med_1", "id 1"), true)
  assert.deepEqual(it.forgotten, [["med_1", "ww1 https://wecom.example", "id 1"]])
  assert.equal(await it.provide(), "uploaded id 2")
  assert.deepEqual(it.reasons, ["first", "refused"])
  it.machine.advance(REUSED_FOR)
  await it.provide()
  assert.deepEqual(it.reasons, ["first", "refused", "expiring"])
})

test("an id that another one has replaced already is not forgotten", async () => {
  const it = new UploadsUnderTest()
  await it.provide()
  assert.equal(await it.uploads.replace(it.app(), "med_1", "an older one"), true)
  assert.deepEqual(it.forgotten, [])
  assert.equal(await it.provide(), "uploaded id 1")
})

test("an id of which nothing is known is uploaded anew", async () => {
  const it = new UploadsUnderTest()
  assert.equal(await it.uploads.replace(it.app(), "med_1", "an older one"), true)
  assert.equal(it.forgotten.length, 1)
})

test("an id that was not written down is forgotten too", async () => {
  const it = new UploadsUnderTest()
  it.keepFails = busy
  await it.provide()
  await it.uploads.replace(it.app(), "med_1", "id 1")
  assert.equal(await it.provide(), "uploaded id 2")
})

test("one that has just replaced a refused one is not replaced by a third, for an hour", async () => {
  const it = new UploadsUnderTest()
  for (const id of ["med_1", "med_2"]) {
    await it.provide(id)
    await it.uploads.replace(it.app(), id, it.said(await it.uploads.provide(it.app(), id)).replace("uploaded ", ""))
    it.machine.advance(1000)
    await it.provide(id)
  }
  it.machine.advance(HOUR - 1001)
  assert.equal(await it.uploads.replace(it.app(), "med_1", "id 2"), false)
  assert.equal(await it.uploads.replace(it.app(), "med_2", "id 4"), false)
  assert.equal(await it.provide(), "uploaded id 2")
  it.machine.advance(1)
  assert.equal(await it.uploads.replace(it.app(), "med_1", "id 2"), true)
  assert.equal(await it.uploads.replace(it.app(), "med_2", "id 4"), false)
  it.machine.advance(1000)
  assert.equal(await it.uploads.replace(it.app(), "med_2", "id 4"), true)
})
