import assert from "node:assert/strict"
import { suite, test } from "node:test"
import type { MediaType } from "@wecom-push/protocol"
import { file, image, mpnews, templateCard, video, voice } from "../builders.ts"
import { aFolder } from "../testing/a-folder.ts"
import { rejected } from "../testing/rejected.ts"
import { amr, GIF, padded, PNG, SAMPLES, TEXT } from "../testing/sample-media.ts"
import { simulatedWeCom } from "../testing/simulated-wecom.ts"
import type { SimulatedWeCom } from "../testing/simulated-wecom.ts"
import type { SendableMessage } from "./message-files.ts"

const TO = { users: ["zhangsan"] }
const DAY = 86_400

/** A message as a phone shows it. */
interface ShownBody {
  readonly msgtype: string
  readonly [msgtype: string]: unknown
}

async function shownId(sim: SimulatedWeCom, msgtype: string): Promise<string> {
  const body = (await sim.shown("zhangsan")).at(-1)?.body as ShownBody
  return (body[msgtype] as { media_id: string }).media_id
}

async function bytesAt(sim: SimulatedWeCom, mediaId: string): Promise<Buffer> {
  const { body } = await sim.wecom.media.get(mediaId)
  return Buffer.from(await new Response(body).arrayBuffer())
}

async function errcodes(sim: SimulatedWeCom, path: string): Promise<readonly (number | null)[]> {
  return (await sim.calls(path)).map(({ errcode }) => errcode)
}

suite("a file in the place of a media_id is uploaded and sent", () => {
  const build: Readonly<Record<MediaType, (path: string) => SendableMessage>> = {
    image: (path) => image({ path }, { safe: 1 }),
    voice: (path) => voice({ path }),
    video: (path) => video({ path }, { title: "回放" }),
    file: (path) => file({ path }),
  }
  for (const [type, bytes] of Object.entries(SAMPLES) as [MediaType, Buffer<ArrayBuffer>][]) {
    test(type, async () => {
      await using sim = await simulatedWeCom()
      await using folder = await aFolder()
      const { ok } = await sim.wecom.send(TO, build[type](await folder.file("现场", bytes)))
      assert.equal(ok, true)
      assert.deepEqual(await bytesAt(sim, await shownId(sim, type)), bytes)
      const [upload] = await sim.calls("media/upload")
      assert.partialDeepStrictEqual(upload?.body, { media: { filename: "现场" } })
    })
  }

  test("as bytes, blob or stream, and also in a message written by hand", async () => {
    await using sim = await simulatedWeCom()
    const messages: SendableMessage[] = [
      image(PNG),
      image(new Blob([PNG])),
      file(new File([TEXT], "a.txt")),
      file({ content: new Blob([TEXT]).stream(), filename: "b.txt" }),
      { msgtype: "voice", voice: { media_id: amr(50) } },
    ]
    for (const message of messages) assert.equal((await sim.wecom.send(TO, message)).ok, true)
  })

  test("the picture of an article, the file that a card offers", async () => {
    await using sim = await simulatedWeCom()
    const article = { title: "差旅", thumb_media_id: PNG, content: "<p>一月起。</p>" }
    assert.equal((await sim.wecom.send(TO, mpnews([article, { ...article, title: "二" }]))).ok, true)
    const card = templateCard({
      card_type: "text_notice",
      main_title: { title: "磁盘" },
      horizontal_content_list: [
        { keyname: "主机", value: "db-3" },
        { type: 2, keyname: "日志", value: "db-3.txt", media_id: { content: TEXT, filename: "db-3.txt" } },
      ],
      card_action: { type: 1, url: "https://mon.example.com" },
    })
    assert.equal((await sim.wecom.send(TO, card)).ok, true)
    // One picture in two places is one upload.
    assert.deepEqual(await errcodes(sim, "media/upload"), [0, 0])
  })
})

// proves 4.1: media in the SDK
test("the same file is uploaded once in three days, however often and to whomever it is sent", async () => {
  await using sim = await simulatedWeCom()
  await using folder = await aFolder()
  const message = file({ path: await folder.file("a.pdf", TEXT) })
  for (let day = 0; day < 4; day++) {
    await sim.wecom.send(TO, message)
    await sim.wecom.send({ users: ["lisi"] }, message)
    await sim.advance(DAY)
  }
  assert.deepEqual(await errcodes(sim, "media/upload"), [0, 0])
  assert.equal((await sim.calls("message/send")).length, 8)
})

suite("what is wrong with a file is reported before any request", () => {
  test("with its path, limit and actual, beside all other faults", async () => {
    await using sim = await simulatedWeCom()
    const message = { ...image({ content: GIF, filename: "a.png" }), safe: 7 } as unknown as SendableMessage
    const error = await rejected(sim.wecom.send({ users: [] }, message))
    assert.equal(error.code, "invalid_input")
    assert.deepEqual(
      error.faults.map(({ path, rule }) => `${path} ${rule}`),
      ["to required", "safe not_allowed", "image.media_id file_kind"],
    )
    assert.match(error.message, /image\.media_id \(a\.png\) is gif by its bytes.*JPG or PNG/)
    assert.deepEqual(await sim.calls("gettoken"), [])
  })

  for (const [what, message, expected] of [
    ["missing", file({ path: "/no/such.pdf" }), /file\.media_id \(\/no\/such\.pdf\) does not exist/],
    [
      "empty",
      file({ content: new Uint8Array(5), filename: "a" }),
      /has 5 bytes; WeCom takes only files of more than 5/,
    ],
    ["too big", image(padded(PNG, 10_485_761)), /10485761 bytes; WeCom takes pictures of at most 10485760 bytes/],
    ["no AMR", voice(TEXT), /of no known kind by its bytes.*AMR/],
    ["over a minute", voice(amr(3001)), /lasts 60\.02 seconds; WeCom takes voice of at most 60/],
    ["without a name", file(TEXT), /file\.media_id\.filename is missing/],
  ] as const) {
    test(what, async () => {
      await using sim = await simulatedWeCom()
      assert.match((await rejected(sim.wecom.send(TO, message))).message, expected)
      assert.deepEqual(await sim.calls("gettoken"), [])
    })
  }

  test("what is neither an id nor a file is a wrong type", async () => {
    await using sim = await simulatedWeCom()
    const message = { msgtype: "image", image: { media_id: 7 } } as unknown as SendableMessage
    const error = await rejected(sim.wecom.send(TO, message))
    assert.deepEqual(
      error.faults.map(({ path, rule }) => `${path} ${rule}`),
      ["image.media_id wrong_type"],
    )
  })
})

suite("an id that WeCom no longer takes", () => {
  for (const errcode of [40007, 40145]) {
    // proves 4.bad 6: an id past its three days
    test(`${errcode}: the file is uploaded again, once, and the call repeated`, async () => {
      await using sim = await simulatedWeCom()
      await sim.wecom.send(TO, file({ content: TEXT, filename: "a" }))
      await sim.fault({ path: "message/send", kind: "errcode", errcode })
      const { ok, calls } = await sim.wecom.send(TO, file({ content: TEXT, filename: "a" }))
      assert.equal(ok, true)
      assert.deepEqual(
        calls.map((call) => call.errcode),
        [errcode, 0],
      )
      assert.deepEqual(await errcodes(sim, "media/upload"), [0, 0])
      // The new id is remembered.
      await sim.wecom.send(TO, file({ content: TEXT, filename: "a" }))
      assert.equal((await sim.calls("media/upload")).length, 2)
    })
  }

  test("and no longer the second one either: the refusal is reported, after two uploads and two calls", async () => {
    await using sim = await simulatedWeCom()
    await sim.fault({ path: "message/send", kind: "errcode", errcode: 40007, times: 9 })
    const error = await rejected(sim.wecom.send(TO, file({ content: TEXT, filename: "a" })))
    assert.deepEqual([error.code, error.errcode], ["refused", 40007])
    assert.match(error.message, /expired after three days/)
    assert.deepEqual(await errcodes(sim, "message/send"), [40007, 40007])
    assert.deepEqual(await errcodes(sim, "media/upload"), [0, 0])
  })

  for (const errcode of [40007, 40145]) {
    // proves 12.R16: a file's id refused after a lost answer
    test(`12.R16: ${errcode} after a lost answer uploads nothing and sends no other bytes: that would be a second copy`, async () => {
      await using sim = await simulatedWeCom()
      await sim.fault({ path: "message/send", kind: "reset_after" })
      await sim.fault({ path: "message/send", kind: "errcode", errcode, times: 9 })
      const { recipients } = await sim.wecom.send(TO, file({ content: TEXT, filename: "a" }), {
        duplicateCheckSeconds: 600,
      })
      assert.deepEqual(
        recipients.map(({ state, reason }) => [state, reason]),
        [["in_doubt", "answer_lost"]],
      )
      assert.equal((await sim.calls("media/upload")).length, 1)
      assert.equal(new Set((await sim.calls("message/send")).map(({ sha256 }) => sha256)).size, 1)
    })
  }

  // proves 4.bad 6: an id past its three days
  test("of the caller's own is reported as it is: there is no file to upload", async () => {
    await using sim = await simulatedWeCom()
    const error = await rejected(sim.wecom.send(TO, image("3mEdIaEXAMPLE")))
    assert.deepEqual([error.code, error.errcode], ["refused", 40007])
    assert.match(error.hint, /Upload the file again/)
    assert.deepEqual(await errcodes(sim, "message/send"), [40007])
  })

  test("in several calls at once: one upload more for all of them", async () => {
    await using sim = await simulatedWeCom({ simulator: { members: 3000 } })
    const users = Array.from({ length: 3000 }, (_, index) => `m${String(index + 1).padStart(6, "0")}`)
    await sim.fault({ path: "message/send", kind: "errcode", errcode: 40007, times: 3 })
    const { ok } = await sim.wecom.send({ users }, file({ content: TEXT, filename: "a" }))
    assert.equal(ok, true)
    assert.deepEqual(await errcodes(sim, "media/upload"), [0, 0])
    assert.deepEqual(
      (await errcodes(sim, "message/send")).toSorted((a, b) => Number(a) - Number(b)),
      [0, 0, 0, 40007, 40007, 40007],
    )
  })

  test("in a card: the card keeps its task_id", async () => {
    await using sim = await simulatedWeCom()
    await sim.fault({ path: "message/send", kind: "errcode", errcode: 40007 })
    const card = templateCard({
      card_type: "button_interaction",
      task_id: "deploy-4711",
      main_title: { title: "发布？" },
      horizontal_content_list: [
        { type: 2, keyname: "日志", value: "a.txt", media_id: { content: TEXT, filename: "a.txt" } },
      ],
      button_list: [{ text: "同意", key: "yes" }],
    })
    assert.equal((await sim.wecom.send(TO, card)).ok, true)
    const [shown] = await sim.shown("zhangsan")
    assert.partialDeepStrictEqual(shown?.body, { template_card: { task_id: "deploy-4711" } })
  })
})

test("without recipients nothing is uploaded", async () => {
  await using sim = await simulatedWeCom()
  const result = await sim.wecom.send({ mobiles: ["13900000000"] }, file({ content: TEXT, filename: "a" }))
  assert.equal(result.recipients[0]?.state, "not_found")
  assert.deepEqual(await sim.calls("media/upload"), [])
})

suite("an upload that fails", () => {
  test("fails everybody who was to be sent, and says why", async () => {
    await using sim = await simulatedWeCom()
    await sim.fault({ path: "media/upload", kind: "errcode", errcode: 45001 })
    const error = await rejected(sim.wecom.send(TO, file({ content: TEXT, filename: "a" })))
    assert.deepEqual([error.code, error.errcode, error.api], ["refused", 45001, "media/upload"])
    const [recipient] = error.result?.recipients ?? []
    assert.deepEqual([recipient?.state, recipient?.reason, recipient?.errcode], ["failed", "call_refused", 45001])
    assert.deepEqual(await sim.calls("message/send"), [])
  })

  test("leaves the others their own outcome", async () => {
    await using sim = await simulatedWeCom()
    await sim.fault({ path: "media/upload", kind: "errcode", errcode: 45001 })
    const to = { mobiles: ["13800000001", "13900000000"] }
    const { ok, error, recipients } = await sim.wecom.send(to, file({ content: TEXT, filename: "a" }))
    assert.deepEqual(
      recipients.map(({ state }) => state),
      ["failed", "not_found"],
    )
    assert.deepEqual([ok, error?.errcode], [false, 45001])
  })

  test("because time is up, or it was given up, is safe to repeat", async () => {
    await using sim = await simulatedWeCom()
    const message = file({ content: TEXT, filename: "a" })
    await sim.fault({ path: "media/upload", kind: "hang_before" })
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 50)
    const aborted = await rejected(sim.wecom.send(TO, message, { signal: controller.signal }))
    assert.deepEqual([aborted.code, aborted.mayHaveArrived], ["aborted", false])
    assert.equal((await sim.wecom.send(TO, message)).ok, true)
  })
})

suite("dryRun", () => {
  test("uploads nothing, tells what would be uploaded, and puts words for the id that is to come", async () => {
    await using sim = await simulatedWeCom()
    const plan = await sim.wecom.send(TO, file({ content: TEXT, filename: "报告.pdf" }), { dryRun: true })
    assert.deepEqual(plan.uploads, [{ type: "file", filename: "报告.pdf", sizeBytes: TEXT.length }])
    assert.partialDeepStrictEqual(JSON.parse(plan.calls[0]?.body ?? ""), {
      file: { media_id: "<media_id of 报告.pdf>" },
    })
    assert.deepEqual(await sim.calls("media/upload"), [])
  })

  test("knows the id of a file that is with WeCom already", async () => {
    await using sim = await simulatedWeCom()
    const message = file({ content: TEXT, filename: "报告.pdf" })
    await sim.wecom.send(TO, message)
    const plan = await sim.wecom.send(TO, message, { dryRun: true })
    assert.deepEqual(plan.uploads, [])
    assert.partialDeepStrictEqual(JSON.parse(plan.calls[0]?.body ?? ""), {
      file: { media_id: await shownId(sim, "file") },
    })
  })
})

test("progress tells the bytes of the upload between look-ups and calls", async () => {
  await using sim = await simulatedWeCom()
  await using folder = await aFolder()
  const stages: string[] = []
  let last = 0
  const path = await folder.file("a", padded(TEXT, 1_000_000))
  await sim.wecom.send({ mobiles: ["13800000001"] }, file({ path }), {
    onProgress({ stage, done, total }) {
      if (stages.at(-1) !== stage) stages.push(stage)
      if (stage !== "upload") return
      assert.equal(total, 1_000_000)
      last = done
    },
  })
  assert.deepEqual(stages, ["look_up", "upload", "send"])
  assert.equal(last, 1_000_000)
})
