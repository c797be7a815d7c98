import assert from "node:assert/strict"
import { createReadStream } from "node:fs"
import { suite, test } from "node:test"
import { aFolder } from "../testing/a-folder.ts"
import { rejected } from "../testing/rejected.ts"
import { GIF, padded, PNG, SAMPLES, TEXT } from "../testing/sample-media.ts"
import { simulatedWeCom } from "../testing/simulated-wecom.ts"
import type { SimulatedWeCom } from "../testing/simulated-wecom.ts"
import { fetchTransport } from "../transport-fetch.ts"
import { httpsTransport } from "../transport-https.ts"
import { fileMediaStore } from "./file-media-store.ts"
import type { MediaSource } from "./media-source.ts"

const HOUR = 3600
const MB = 1024 * 1024
/** A refused token is replaced by another one. */
const FRESH_TOKENS = { simulator: { settings: { repeat_token: false } } }

async function bytesOf(body: ReadableStream<Uint8Array>): Promise<Buffer> {
  return Buffer.from(await new Response(body).arrayBuffer())
}

async function uploads(sim: SimulatedWeCom): Promise<readonly unknown[]> {
  return (await sim.calls("media/upload")).map(({ errcode }) => errcode)
}

suite("upload", () => {
  for (const [type, bytes] of Object.entries(SAMPLES)) {
    test(`${type}: what went up comes down, under its name`, async () => {
      await using sim = await simulatedWeCom()
      const { wecom, clock } = sim
      const before = clock.now()
      const uploaded = await wecom.media.upload(type as keyof typeof SAMPLES, bytes, { filename: "现场 1.dat" })
      assert.equal(uploaded.sizeBytes, bytes.length)
      assert.equal(uploaded.filename, "现场 1.dat")
      assert.equal(uploaded.expiresAt, before + 72 * HOUR * 1000)
      const download = await wecom.media.get(uploaded.mediaId)
      assert.equal(download.filename, "现场 1.dat")
      assert.deepEqual(await bytesOf(download.body), bytes)
    })
  }

  // proves 4.1: media in the SDK
  test("takes a path, bytes, a blob, a File, a stream", async () => {
    await using sim = await simulatedWeCom()
    await using folder = await aFolder()
    const bytes = padded(TEXT, 2 * MB)
    const path = await folder.file("日志.txt", bytes)
    const sources: (string | MediaSource)[] = [
      path,
      { path },
      bytes,
      new Blob([bytes]),
      new File([bytes], "日志.txt"),
      createReadStream(path),
      new Blob([bytes]).stream(),
      { content: createReadStream(path), filename: "日志.txt" },
    ]
    for (const source of sources) {
      const { mediaId } = await sim.wecom.media.upload("file", source, { filename: "日志.txt", fresh: true })
      assert.deepEqual(await bytesOf((await sim.wecom.media.get(mediaId)).body), bytes)
    }
    const [call] = await sim.calls("media/upload")
    assert.partialDeepStrictEqual(call?.body, { media: { filename: "日志.txt", bytes: bytes.length } })
  })

  test("a name is raw UTF-8 in the form, quotes in it arrive, and it comes back as it was sent", async () => {
    await using sim = await simulatedWeCom()
    for (const filename of ["季度报告 🎉.pdf", 'a "b".txt', '"', "100%.txt"]) {
      const { mediaId } = await sim.wecom.media.upload("file", TEXT, { filename })
      const call = (await sim.calls("media/upload")).at(-1)
      assert.partialDeepStrictEqual(call?.body, { media: { filename } })
      const { rawFilename, body } = await sim.wecom.media.get(mediaId)
      await body.cancel()
      assert.equal(rawFilename, filename)
    }
  })

  // proves 4.bad 3: a file that is too big
  test("asks nothing of WeCom for a file that WeCom would refuse, and names limit and actual", async () => {
    await using sim = await simulatedWeCom({ language: "zh" })
    const error = await rejected(sim.wecom.media.upload("image", { content: GIF, filename: "a.png" }))
    assert.equal(error.code, "invalid_input")
    assert.match(error.message, /source（a\.png）按内容判断是 gif（与文件名无关）；企业微信在此只接受 JPG 或 PNG/)
    const tooLarge = await rejected(sim.wecom.media.upload("image", padded(PNG, 10 * MB + 1)))
    assert.deepEqual(
      tooLarge.faults.map(({ limit, actual }) => [limit, actual]),
      [[10 * MB, 10 * MB + 1]],
    )
    const missing = await rejected(sim.wecom.media.upload("file", "/no/such/file.pdf"))
    assert.match(missing.message, /\/no\/such\/file\.pdf.*不存在/)
    assert.deepEqual(await sim.calls("gettoken"), [])
  })

  test("tells how far it is", async () => {
    await using sim = await simulatedWeCom()
    await using folder = await aFolder()
    const told: [number, number][] = []
    const path = await folder.file("a", padded(TEXT, MB))
    await sim.wecom.media.upload("file", path, { onProgress: (sent, total) => void told.push([sent, total]) })
    assert.ok(told.length > 3, `told ${told.length} times`)
    assert.ok(told.every(([sent, total]) => sent <= total && total === MB))
    assert.deepEqual(told.at(-1), [MB, MB])
    await sim.wecom.media.upload("file", TEXT, {
      filename: "b",
      onProgress() {
        throw new Error("broken bar")
      },
    })
  })

  test("WeCom's refusal is reported with its code", async () => {
    await using sim = await simulatedWeCom()
    await sim.fault({ path: "media/upload", kind: "errcode", errcode: 45001 })
    const error = await rejected(sim.wecom.media.upload("file", TEXT, { filename: "a" }))
    assert.deepEqual([error.code, error.errcode, error.api], ["refused", 45001, "media/upload"])
  })

  test("an answer without an id is no success", async () => {
    await using sim = await simulatedWeCom()
    await sim.fault({ path: "media/upload", kind: "errcode", errcode: 0 })
    const error = await rejected(sim.wecom.media.upload("file", TEXT, { filename: "a" }))
    assert.equal(error.code, "unusable_answer")
  })

  test("an abort ends it", async () => {
    await using sim = await simulatedWeCom()
    await sim.fault({ path: "media/upload", kind: "hang_before" })
    const controller = new AbortController()
    const upload = sim.wecom.media.upload("file", TEXT, { filename: "a", signal: controller.signal })
    setTimeout(() => controller.abort(), 50)
    const error = await rejected(upload)
    assert.deepEqual([error.code, error.mayHaveArrived], ["aborted", false])
  })
})

suite("an upload reaches no member, so it is repeated whenever its answer is lost", () => {
  for (const kind of ["reset_before", "reset_after"] as const) {
    test(kind, async () => {
      await using sim = await simulatedWeCom()
      await sim.fault({ path: "media/upload", kind, times: 2 })
      const bytes = padded(TEXT, 2 * MB)
      const { mediaId } = await sim.wecom.media.upload("file", bytes, { filename: "a" })
      assert.deepEqual(await bytesOf((await sim.wecom.media.get(mediaId)).body), bytes)
      assert.equal((await sim.calls("media/upload")).length, 3)
    })
  }

  for (const fault of [
    { kind: "html", status: 502 },
    { kind: "truncate", bytes: 10 },
    { kind: "errcode", errcode: -1 },
    { kind: "errcode", errcode: 42001 },
  ]) {
    test(`${fault.kind} ${fault.errcode ?? ""}`, async () => {
      await using sim = await simulatedWeCom(FRESH_TOKENS)
      await sim.fault({ path: "media/upload", ...fault })
      const { mediaId } = await sim.wecom.media.upload("file", createOnce(TEXT), { filename: "a" })
      assert.deepEqual(await bytesOf((await sim.wecom.media.get(mediaId)).body), TEXT)
    })
  }
})

async function* createOnce(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
  await Promise.resolve()
}

suite("the same file is uploaded once in three days less an hour", () => {
  const name = { filename: "a.txt" }

  // proves 4.1: media in the SDK
  test("by whomever of the corp, with a store that they share; and anew for other bytes, names and types", async () => {
    await using sim = await simulatedWeCom()
    await using folder = await aFolder()
    const options = () => ({ mediaStore: fileMediaStore({ directory: folder.path }) })
    const alerts = sim.another(options())
    const hr = sim.another({ ...options(), secret: "sim-secret-hr", agentId: 1000003 })
    const first = await alerts.media.upload("file", TEXT, name)
    assert.equal(first.reused, false)
    for (const wecom of [alerts, hr]) {
      const again = await wecom.media.upload("file", new Blob([TEXT]), name)
      assert.deepEqual(again, { ...first, reused: true })
    }
    assert.equal((await uploads(sim)).length, 1)
    await alerts.media.upload("file", TEXT, { filename: "b.txt" })
    await alerts.media.upload("file", padded(TEXT, 99), name)
    await alerts.media.upload("file", PNG, name)
    await alerts.media.upload("image", PNG, name)
    await alerts.media.upload("file", TEXT, { ...name, fresh: true })
    assert.equal((await uploads(sim)).length, 6)
  })

  test("and again when that time is over", async () => {
    await using sim = await simulatedWeCom()
    const { media } = sim.wecom
    await media.upload("file", TEXT, name)
    await sim.advance(66 * HOUR - 5)
    assert.equal((await media.upload("file", TEXT, name)).reused, true)
    await sim.advance(10)
    assert.equal((await media.upload("file", TEXT, name)).reused, false)
    assert.equal((await media.upload("file", TEXT, name)).reused, true)
    assert.equal((await uploads(sim)).length, 2)
  })

  test("however many ask at once; one who leaves does not take it from the others", async () => {
    await using sim = await simulatedWeCom()
    const { media } = sim.wecom
    await sim.fault({ path: "media/upload", kind: "slow", delay_ms: 100 })
    const controller = new AbortController()
    const leaving = media.upload("file", TEXT, { ...name, signal: controller.signal })
    const staying = Array.from({ length: 10 }, () => media.upload("file", TEXT, name))
    setTimeout(() => controller.abort(), 30)
    assert.equal((await rejected(leaving)).code, "aborted")
    const ids = new Set((await Promise.all(staying)).map(({ mediaId }) => mediaId))
    assert.equal(ids.size, 1)
    assert.equal((await uploads(sim)).length, 1)
  })

  test("and files of one name and size are distinguished by their bytes, also when they go up at once", async () => {
    await using sim = await simulatedWeCom()
    const { media } = sim.wecom
    const contents = ["aaaaaaaa", "bbbbbbbb", "cccccccc"]
    const upload = () => Promise.all(contents.map((content) => media.upload("file", Buffer.from(content), name)))
    const first = await upload()
    assert.equal(new Set(first.map(({ mediaId }) => mediaId)).size, 3)
    const again = await upload()
    assert.deepEqual(
      again.map(({ mediaId, reused }) => [mediaId, reused]),
      first.map(({ mediaId }) => [mediaId, true]),
    )
    for (const [index, { mediaId }] of first.entries()) {
      assert.equal((await bytesOf((await media.get(mediaId)).body)).toString(), contents[index])
    }
  })

  for (const [transport, open] of Object.entries({ fetch: fetchTransport, "node:https": httpsTransport })) {
    test(`whatever carries it: ${transport}`, async () => {
      await using sim = await simulatedWeCom()
      const carrier = open()
      const wecom = sim.another({ transport: carrier })
      await wecom.media.upload("file", TEXT, name)
      const { mediaId, reused } = await wecom.media.upload("file", TEXT, name)
      assert.equal(reused, true)
      assert.deepEqual(await bytesOf((await wecom.media.get(mediaId)).body), TEXT)
      await carrier.close()
    })
  }

  test("a failed upload is not remembered", async () => {
    await using sim = await simulatedWeCom()
    await sim.fault({ path: "media/upload", kind: "errcode", errcode: 45001 })
    await rejected(sim.wecom.media.upload("file", TEXT, name))
    assert.equal((await sim.wecom.media.upload("file", TEXT, name)).reused, false)
  })

  test("a store that fails costs another upload and a warning, nothing more", async () => {
    const warnings: string[] = []
    await using sim = await simulatedWeCom({
      mediaStore: { get: failToStore, set: failToStore },
      hooks: { onWarning: ({ warning, detail }) => void warnings.push(`${warning} ${detail}`) },
    })
    await sim.wecom.media.upload("file", TEXT, name)
    assert.deepEqual([...new Set(warnings)], ["media_store_failed ECONNREFUSED"])
  })
})

function failToStore(): Promise<never> {
  return Promise.reject(Object.assign(new Error("redis://user:secret@host"), { code: "ECONNREFUSED" }))
}

suite("uploadImage", () => {
  // proves 4.1: media in the SDK
  test("tells an address under which the picture is", async () => {
    await using sim = await simulatedWeCom()
    const url = await sim.wecom.media.uploadImage(PNG)
    assert.deepEqual(Buffer.from(await (await fetch(url)).arrayBuffer()), PNG)
  })

  test("takes pictures up to 2 MB", async () => {
    await using sim = await simulatedWeCom()
    const error = await rejected(sim.wecom.media.uploadImage(padded(PNG, 2 * MB + 1)))
    assert.match(error.message, /at most 2097152 bytes \(2 MB\)/)
    assert.deepEqual(await sim.calls("media/uploadimg"), [])
  })
})

suite("get", () => {
  // proves 4.1: media in the SDK
  test("gives any part of a file and says which", async () => {
    await using sim = await simulatedWeCom()
    const { media } = sim.wecom
    const { mediaId } = await media.upload("file", TEXT, { filename: "a" })
    const size = TEXT.length
    for (const [range, start, end] of [
      [{ start: 0, end: 3 }, 0, 3],
      [{ start: 5 }, 5, size],
      [{ start: 2, end: 9999 }, 2, size],
    ] as const) {
      const { body, startByte, lengthBytes, totalBytes } = await media.get(mediaId, { range })
      assert.deepEqual([startByte, lengthBytes, totalBytes], [start, end - start, size])
      assert.deepEqual(await bytesOf(body), TEXT.subarray(start, end))
    }
    const whole = await media.get(mediaId)
    assert.deepEqual([whole.startByte, whole.lengthBytes, whole.totalBytes], [0, size, size])
    await whole.body.cancel()
  })

  test("refuses ranges and ids that are none, before any request", async () => {
    await using sim = await simulatedWeCom()
    for (const range of [{ start: -1 }, { start: 5, end: 5 }, { start: 0.5 }, { start: 0, end: NaN }]) {
      const error = await rejected(sim.wecom.media.get("M", { range }))
      assert.deepEqual([error.code, error.faults[0]?.path], ["invalid_input", "range"])
    }
    assert.equal((await rejected(sim.wecom.media.get(""))).code, "invalid_input")
    assert.deepEqual(await sim.calls("gettoken"), [])
  })

  test("tells WeCom's refusal, which is JSON, from a file that is JSON", async () => {
    await using sim = await simulatedWeCom()
    const { media } = sim.wecom
    const json = Buffer.from('{"errcode":40007,"errmsg":"that is what the file says"}')
    const { mediaId } = await media.upload("file", json, { filename: "a.json" })
    assert.deepEqual(await bytesOf((await media.get(mediaId)).body), json)
    const error = await rejected(media.get("unknown"))
    assert.deepEqual([error.code, error.errcode, error.api], ["refused", 40007, "media/get"])
    const tooFar = await rejected(media.get(mediaId, { range: { start: 1000 } }))
    assert.equal(tooFar.errcode, 40146)
  })

  test("renews a dead token, and repeats what broke before the first byte", async () => {
    await using sim = await simulatedWeCom(FRESH_TOKENS)
    const { media } = sim.wecom
    const { mediaId } = await media.upload("file", TEXT, { filename: "a" })
    for (const fault of [
      { kind: "errcode", errcode: 42001 },
      { kind: "reset_before", times: 2 },
      { kind: "html", status: 502 },
      { kind: "html", status: 200 },
    ]) {
      await sim.fault({ path: "media/get", ...fault })
      assert.deepEqual(await bytesOf((await media.get(mediaId)).body), TEXT, fault.kind)
    }
  })

  test("errors where it breaks off, and a range brings the rest", async () => {
    await using sim = await simulatedWeCom()
    const { media } = sim.wecom
    const bytes = padded(TEXT, MB)
    const { mediaId } = await media.upload("file", bytes, { filename: "a" })
    await sim.fault({ path: "media/get", kind: "truncate", bytes: 1000 })
    const received: Uint8Array[] = []
    const reading = (async () => {
      for await (const chunk of (await media.get(mediaId)).body) received.push(chunk)
    })()
    assert.equal((await rejected(reading)).code, "unreachable")
    const begin = Buffer.concat(received)
    assert.deepEqual(begin, bytes.subarray(0, begin.length))
    const rest = await media.get(mediaId, { range: { start: begin.length } })
    assert.deepEqual(Buffer.concat([begin, await bytesOf(rest.body)]), bytes)
  })

  test("an abort ends a download that is under way", async () => {
    await using sim = await simulatedWeCom()
    const { media } = sim.wecom
    const { mediaId } = await media.upload("file", TEXT, { filename: "a" })
    await sim.fault({ path: "media/get", kind: "drip", delay_ms: 20 })
    const controller = new AbortController()
    const { body } = await media.get(mediaId, { signal: controller.signal })
    setTimeout(() => controller.abort(), 50)
    assert.equal((await rejected(bytesOf(body))).code, "aborted")
  })
})
