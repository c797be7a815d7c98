import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { amr, GIF, JPG, MP4, padded, PNG, TEXT } from "../../http/testing/media-form.ts"
import { ALERTS, CORP_ID, HR, startCompat } from "../testing/compat-under-test.ts"
import type { Answer, CompatUnderTest } from "../testing/compat-under-test.ts"

const MB = 1024 * 1024

interface File {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly filename?: string
  readonly part?: string
}

async function upload(compat: CompatUnderTest, type: string, file: File, key?: string): Promise<Answer> {
  const { bytes, filename = "a.dat", part = "media" } = file
  const form = new FormData()
  form.set(part, new Blob([bytes]), filename)
  const query = new URLSearchParams({ access_token: await compat.token(key), type })
  const { status, text } = await compat.ask(`media/upload?${query.toString()}`, { method: "POST", body: form })
  assert.equal(status, 200)
  return JSON.parse(text) as Answer
}

// proves 4.5: the gateway
test("a file is stored and answered as WeCom does; its id goes into a message, and the picture to the phone", async () => {
  await using compat = await startCompat()
  const { media_id, created_at, ...rest } = await upload(compat, "image", { bytes: PNG, filename: "图.png" })
  assert.deepEqual(rest, { errcode: 0, errmsg: "", type: "image" })
  assert.match(String(media_id), /^med_/)
  assert.equal(created_at, String(Math.floor(Number(created_at))))
  assert.deepEqual(await compat.sim.calls(), [])
  const sent = await compat.send({ msgtype: "image", image: { media_id } })
  assert.equal(sent.errcode, 0, sent.errmsg)
  const [copy] = await compat.sim.copies("zhangsan")
  assert.match(JSON.stringify(copy?.payload), /"media_id":"[\w-]{64}"/)
})

suite("what WeCom would refuse has its code", () => {
  const rows: readonly [type: string, what: string, file: File, errcode: number][] = [
    ["image", "a JPG", { bytes: JPG }, 0],
    ["image", "a GIF called .png", { bytes: GIF, filename: "a.png" }, 40004],
    ["image", "a byte over 10 MB", { bytes: padded(PNG, 10 * MB + 1) }, 40009],
    ["voice", "over a minute", { bytes: amr(61) }, 45007],
    ["voice", "an MP4 called .amr", { bytes: MP4, filename: "a.amr" }, 301017],
    ["voice", "over 2 MB", { bytes: padded(amr(1), 2 * MB + 1) }, 45001],
    ["video", "over 10 MB", { bytes: padded(MP4, 10 * MB + 1) }, 40011],
    ["file", "five bytes", { bytes: padded(Buffer.alloc(0), 5) }, 40006],
    ["file", "nothing", { bytes: Buffer.alloc(0) }, 44001],
    ["file", "a byte over 20 MB", { bytes: Buffer.alloc(20 * MB + 1) }, 45001],
    ["file", "a part of another name", { bytes: TEXT, part: "file" }, 0],
    ["thumb", "a type that is none", { bytes: PNG }, 40005],
  ]
  for (const [type, what, file, errcode] of rows) {
    test(`${type}, ${what}: ${errcode}`, async () => {
      await using compat = await startCompat()
      const answer = await upload(compat, type, file)
      assert.equal(answer.errcode, errcode, answer.errmsg)
    })
  }
})

const part = (disposition: string, text: string): string =>
  `--x\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${text}\r\n`

const fields = (count: number): string =>
  Array.from({ length: count }, (_, n) => part(`name="f${n}"`, "a field")).join("")

// proves 11.B11: forms of uploads
test("of several parts the one with a file name counts, and of those the first; a file among many parts is found", async () => {
  await using compat = await startCompat()
  const query = new URLSearchParams({ access_token: await compat.token(), type: "file" }).toString()
  const headers = { "content-type": "multipart/form-data; boundary=x" }
  const named = part('name="a"; filename="named.txt"', "the file itself")
  for (const parts of [
    part('name="media"', "a text called media") + named,
    named + part('name="media"; filename="second.txt"', "another file"),
    fields(40) + named,
    named + fields(100),
  ]) {
    const { text } = await compat.ask(`media/upload?${query}`, { method: "POST", headers, body: `${parts}--x--\r\n` })
    const { errcode, errmsg, media_id } = JSON.parse(text)
    assert.equal(errcode, 0, errmsg)
    const { json } = await compat.gateway.request(`/v1/media/${media_id}`)
    assert.deepEqual([json.filename, json.bytes], ["named.txt", 15])
  }
})

test("a body that is no form is an empty upload, and a GET the wrong verb", async () => {
  await using compat = await startCompat()
  const query = new URLSearchParams({ access_token: await compat.token(), type: "file" }).toString()
  const form = { "content-type": "multipart/form-data; boundary=x" }
  for (const init of [
    { body: "{}", headers: { "content-type": "application/json" } },
    { body: "", headers: {} },
    { body: "nonsense", headers: form },
    { body: '--x\r\nContent-Disposition: form-data; name="media"; filename="a"\r\n\r\nhalf', headers: form },
  ]) {
    const { text } = await compat.ask(`media/upload?${query}`, { method: "POST", ...init })
    assert.equal(JSON.parse(text).errcode, 44001, text)
  }
  assert.equal(JSON.parse((await compat.ask(`media/upload?${query}`)).text).errcode, 40058)
  assert.equal(JSON.parse((await compat.ask("media/upload?type=file", { method: "POST" })).text).errcode, 41001)
})

test("an unknown id, one of another app and one of another type are 40007; WeCom's own ids pass", async () => {
  await using compat = await startCompat()
  const { key } = await compat.key({ apps: ["hr"] })
  const { media_id: ofHr } = await upload(compat, "image", { bytes: PNG }, key)
  const { media_id: file } = await upload(compat, "file", { bytes: TEXT })
  for (const media_id of ["med_nothing", ofHr, file]) {
    const answer = await compat.send({ msgtype: "image", image: { media_id } })
    assert.equal(answer.errcode, 40007, answer.errmsg)
  }
  const image = { touser: "WangWu", agentid: HR.agentid, msgtype: "image", image: { media_id: ofHr } }
  assert.equal((await compat.send(image, key)).errcode, 0)
  const own = await compat.sim.mediaId("image")
  assert.equal((await compat.send({ msgtype: "image", image: { media_id: own } })).errcode, 0)
})

test("a file serves after its three days, since the gateway has it still", async () => {
  await using compat = await startCompat()
  const { media_id } = await upload(compat, "file", { bytes: TEXT })
  const file = { msgtype: "file", file: { media_id } }
  assert.equal((await compat.send(file)).errcode, 0)
  await compat.sim.advance(4 * 86_400)
  compat.clock.advance(4 * 86_400_000)
  assert.equal((await compat.send(file)).errcode, 0)
  const uploads = (await compat.sim.calls()).filter(({ path }) => path.endsWith("media/upload"))
  assert.equal(uploads.length, 2)
})

// proves 11.B15: confidential files
test("a file that may not be shared is of a documented kind by its name, else WeCom's 40004 is answered", async () => {
  await using compat = await startCompat()
  for (const [filename, errcode] of [
    ["报告.pdf", 0],
    ["报告.zip", 40004],
  ] as const) {
    const { media_id } = await upload(compat, "file", { bytes: TEXT, filename })
    const answer = await compat.send({ msgtype: "file", file: { media_id }, safe: 1 })
    assert.equal(answer.errcode, errcode, answer.errmsg)
  }
})

test("a file that WeCom does not take is answered with WeCom's code", async () => {
  await using compat = await startCompat()
  const { media_id } = await upload(compat, "file", { bytes: TEXT })
  await compat.sim.control("POST", "faults", { path: "media/upload", kind: "errcode", errcode: 45001 })
  const answer = await compat.send({ msgtype: "file", file: { media_id } })
  assert.equal(answer.errcode, 45001, answer.errmsg)
  assert.equal(ALERTS.agentid, 1_000_002)
  assert.equal(CORP_ID, "ww0000000000000001")
})
