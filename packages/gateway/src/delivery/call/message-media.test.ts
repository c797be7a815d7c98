import assert from "node:assert/strict"
import { test } from "node:test"
import { MessageMedia, namesMedia } from "./message-media.ts"
import type { MediaOwner } from "./message-media.ts"
import type { Uploading } from "../../channels/app-message/uploads.ts"
import type { Message, MessageProblem } from "../../model/message.ts"
import { emptyCounts } from "../../model/recipients.ts"
import type { MessageChange } from "../../model/ports/outbox.ts"
import type { MessageDetail } from "../../model/ports/reader.ts"

function aMessage(msgtype: string, ...payloads: readonly unknown[]): Message {
  return {
    id: "msg_1",
    app: "alerts",
    keyId: "key_1",
    msgtype,
    parts: payloads.map((payload) => JSON.stringify({ msgtype, [msgtype]: payload })),
    priority: "normal",
    acceptedAt: 1,
    sendAt: 5,
    expiresAt: 1000,
    duplicateCheck: { by: "gateway" },
    recipientCount: 1,
  }
}

const news = (...ids: readonly unknown[]) => ({ articles: ids.map((id) => ({ title: "t", thumb_media_id: id })) })

/** A message at work, with what was reported to it. */
function atWork(message: Message, uploads: Readonly<Record<string, Uploading | undefined>> = {}) {
  const it = {
    provided: [] as string[],
    replaced: [] as string[],
    changes: [] as Omit<MessageChange, "messageId" | "at">[],
    wakes: [] as number[],
    failed: [] as unknown[],
    problem: undefined as MessageProblem | undefined,
    looks: 0,
    isHalted: false,
    isExpired: false,
    /** Ids for which no new one can be had. */
    stays: [] as string[],
  }
  const owner: MediaOwner = {
    message,
    claimed: { chunkCount: 1 },
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is handed on as it is
    runtime: { app: { name: "alerts" }, channel: { kind: {} } } as MediaOwner["runtime"],
    deps: {
      outbox: {
        openCalls: () => Promise.resolve([]),
        update: (change) => {
          it.failed.push([change.at, ...change.updates])
          return Promise.resolve({ state: "failed", counts: emptyCounts(), changed: 3, closedCalls: [] })
        },
      },
      reader: {
        message: () => {
          it.looks++
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing else of it is looked at
          return Promise.resolve({ problem: it.problem } as MessageDetail)
        },
      },
      uploads: {
        provide: (_runtime, id) => {
          it.provided.push(id)
          const never = Promise.withResolvers<Uploading>().promise
          return id in uploads ? Promise.resolve(uploads[id] ?? never) : Promise.resolve(uploaded(`wecom ${id}`))
        },
        read: () => assert.fail("no image of this kind travels in its message"),
        replace: (_runtime, id, mediaId) => {
          it.replaced.push(`${id} for ${mediaId}`)
          return Promise.resolve(!it.stays.includes(id))
        },
      },
      metrics: { recipientsFinished: (...told) => it.failed.push(told) },
    },
    nextWake: { until: (at) => it.wakes.push(at) },
    now: () => 7,
    queuePosition: () => Math.min(message.sendAt, 7),
    isHalted: () => it.isHalted,
    isExpired: () => it.isExpired,
    halted: () => (it.isHalted ? Promise.resolve(undefined) : Promise.withResolvers<undefined>().promise),
    update: (change) => Promise.resolve(it.changes.push(change)),
  }
  return { it, media: new MessageMedia(owner) }
}

const uploaded = (mediaId: string): Uploading => ({ kind: "uploaded", mediaId })
const problem = { code: "upload_failed", errcode: -1, errmsg: "busy" }

test("only a message of a type that carries files, and that names one of ours, is looked through", () => {
  for (const [msgtype, payload, names] of [
    ["file", { media_id: "med_1" }, true],
    ["image", { media_id: "med_1" }, true],
    ["mpnews", news("3a", "med_1"), true],
    ["template_card", { horizontal_content_list: [{ media_id: "med_1" }] }, true],
    ["file", { media_id: "3a" }, false],
    ["text", { content: "med_1" }, false],
  ] as const) {
    assert.equal(namesMedia(aMessage(msgtype, payload)), names, `${msgtype} ${JSON.stringify(payload)}`)
  }
  assert.equal(namesMedia(aMessage("file", { media_id: "3a" }, { media_id: "med_1" })), true, "in any of its parts")
})

test("a part goes out with WeCom's id for each of our files, each provided once, and others as they are", async () => {
  const { it, media } = atWork(aMessage("mpnews", news("med_1"), news("med_2", "3a", "med_1", "med_2")))
  const filled = JSON.parse((await media.filled(1)) ?? assert.fail()) as unknown
  assert.deepEqual(filled, { msgtype: "mpnews", mpnews: news("wecom med_2", "3a", "wecom med_1", "wecom med_2") })
  assert.deepEqual(it.provided, ["med_2", "med_1"])
  assert.deepEqual([it.changes, it.wakes, it.failed], [[], [], []])
})

test("a part that is not there names nothing", async () => {
  const { it, media } = atWork(aMessage("file", { media_id: "med_1" }))
  assert.equal(await media.filled(1), "{}")
  assert.equal(await media.renew(1, JSON.stringify({ msgtype: "file", file: { media_id: "3a" } })), false)
  assert.deepEqual([it.provided, it.replaced], [[], []])
  for (const part of ["null", "7"]) {
    assert.equal(await atWork({ ...aMessage("file"), parts: [part] }).media.filled(0), "{}")
  }
})

test("a file that comes later is waited for, with the problem reported, and no other is uploaded meanwhile", async () => {
  const later = { kind: "later", at: 99, problem } as const
  const { it, media } = atWork(aMessage("mpnews", news("med_1", "med_2")), { med_1: later })
  assert.equal(await media.filled(0), undefined)
  assert.deepEqual([it.provided, it.wakes], [["med_1"], [99]])
  assert.deepEqual([it.changes, it.failed], [[{ updates: [], problem }], []])
})

test("a file that waits for its app keeps its message's place in the queue, and needs no problem", async () => {
  const { it, media } = atWork(aMessage("file", { media_id: "med_1" }), { med_1: { kind: "later", at: undefined } })
  assert.equal(await media.filled(0), undefined)
  assert.deepEqual([it.wakes, it.changes], [[5], []])
})

test("a file that WeCom never takes fails the message, with the reason", async () => {
  const refused = { code: "media_refused", errcode: 40006, errmsg: "too long" }
  for (const [problem, detail] of [
    [refused, { reason: "media_refused", errcode: 40006 }],
    [{ code: "media_missing" }, { reason: "media_missing" }],
  ] as const) {
    const { it, media } = atWork(aMessage("file", { media_id: "med_1" }), { med_1: { kind: "refused", problem } })
    assert.equal(await media.filled(0), undefined)
    assert.deepEqual(it.changes, [{ updates: [], problem }])
    assert.deepEqual(it.failed, [
      [7, { chunk: 0, slots: "all", from: ["pending"], state: "failed", detail }],
      ["alerts", "failed", 3],
    ])
    assert.deepEqual(it.wakes, [])
  }
})

test("a message that is taken back does not wait for its file, and tells nothing", async () => {
  const { it, media } = atWork(aMessage("file", { media_id: "med_1" }), { med_1: undefined })
  it.isHalted = true
  assert.equal(await media.filled(0), undefined)
  assert.deepEqual([it.changes, it.wakes, it.looks], [[], [], 0])
})

for (const [what, change] of [
  ["taken back", "isHalted"],
  ["past its time", "isExpired"],
] as const) {
  test(`a message that is ${what} when its file is there does not go out`, async () => {
    const { it, media } = atWork(aMessage("text", { content: "names no file" }))
    it[change] = true
    assert.equal(await media.filled(0), undefined)
    assert.equal(it.looks, 0)
  })
}

for (const code of ["upload_failed", "app_paused", "files_unavailable"]) {
  test(`${code} is taken back when the file is there, and looked for once in a run, or after it was reported`, async () => {
    const uploads: Record<string, Uploading> = {}
    const { it, media } = atWork(aMessage("file", { media_id: "med_1" }), uploads)
    it.problem = { code }
    await media.filled(0)
    assert.deepEqual([it.changes, it.looks], [[{ updates: [], problem: null }], 1])
    await media.filled(0)
    assert.deepEqual([it.changes.length, it.looks], [1, 1])
    uploads["med_1"] = { kind: "later", at: 99, problem }
    await media.filled(0)
    uploads["med_1"] = uploaded("3a")
    await media.filled(0)
    assert.deepEqual([it.changes.length, it.looks], [3, 2])
  })
}

test("a problem that is no file's stays", async () => {
  for (const code of [undefined, "call_refused"]) {
    const { it, media } = atWork(aMessage("file", { media_id: "med_1" }))
    it.problem = code === undefined ? undefined : { code }
    await media.filled(0)
    assert.deepEqual([it.changes, it.looks], [[], 1])
  }
})

test("of the ids that a refused call named those of our files are replaced, each by its place", async () => {
  const { it, media } = atWork(aMessage("mpnews", news("med_1", "3a", "med_2")))
  const body = JSON.stringify({ touser: "a", msgtype: "mpnews", mpnews: news("w1", "3a", "w2") })
  assert.equal(await media.renew(0, body), true)
  assert.deepEqual(it.replaced, ["med_1 for w1", "med_2 for w2"])
  it.stays.push("med_1")
  assert.equal(await media.renew(0, body), true, "one is enough")
  it.stays.push("med_2")
  assert.equal(await media.renew(0, body), false)
})

test("a body that names something else at a file's place, or is none, replaces nothing there", async () => {
  const { it, media } = atWork(aMessage("mpnews", news("med_1", "med_2")))
  assert.equal(await media.renew(0, JSON.stringify({ msgtype: "mpnews", mpnews: news(7, "w2") })), true)
  assert.deepEqual(it.replaced, ["med_2 for w2"])
  for (const body of ["null", "7", "{}"]) assert.equal(await media.renew(0, body), false)
})
