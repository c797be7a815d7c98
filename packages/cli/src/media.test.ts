import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { startBench } from "./testing/try-command.ts"
import type { Bench } from "./testing/try-command.ts"

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
)
const MP4 = Buffer.from("\0\0\0\x18ftypisom\0\0\x02\0isommp42\0\0\0\x08mdat", "latin1")
const GIF = Buffer.from("GIF89a\x01\0\x01\0\0\0\0;", "latin1")
const TEXT = Buffer.from("日志 1\n")

/** Silence: a frame of 32 bytes is 20 ms. */
function amr(frames: number): Buffer {
  const frame = Buffer.concat([Buffer.of(0x3c), Buffer.alloc(31)])
  return Buffer.concat([Buffer.from("#!AMR\n"), ...Array.from({ length: frames }, () => frame)])
}

const files = [
  ["image", PNG],
  ["voice", amr(50)],
  ["video", MP4],
  ["file", TEXT],
] as const

async function onPhone(bench: Bench): Promise<Buffer> {
  const { body } = (await bench.shown()).at(-1) ?? {}
  assert.ok(body !== undefined, "nothing on the phone")
  const { media_id } = body[String(body["msgtype"])] as { media_id: string }
  return Buffer.from(await (await fetch(`${bench.url}/_sim/media/${media_id}`)).arrayBuffer())
}

suite("a file goes to the phone as it is", () => {
  for (const [type, bytes] of files) {
    test(`--${type}`, async () => {
      await using bench = await startBench()
      const ran = await bench.run(["send", "--user", "lisi", `--${type}`, await bench.file("现场 1.dat", bytes)])
      assert.equal(ran.code, 0, ran.stderr)
      assert.deepEqual(await onPhone(bench), bytes)
    })
  }
})

// proves 4.4: the command
test("the next command does not upload the same file again", async () => {
  await using bench = await startBench()
  const file = await bench.file("a.txt", TEXT)
  for (let time = 0; time < 3; time++) {
    assert.equal((await bench.run(["send", "--user", "lisi", "--file", file])).code, 0)
  }
  assert.equal((await bench.calls("media/upload")).length, 1)
  assert.equal((await bench.calls("message/send")).length, 3)
})

test("a sentence that names the flag is not led in by it again", async () => {
  await using bench = await startBench()
  const ran = await bench.run(["send", "--lang", "en", "--user", "lisi", "--file", "gone.txt"])
  assert.match(ran.stderr, /\n {2}--file \(gone\.txt\) does not exist/)
})

suite("what is wrong with a file is exit 2, with limit and actual, before any request", () => {
  const rows = [
    ["--file", undefined, /a\.dat\) does not exist/, /a\.dat）不存在/],
    ["--file", Buffer.alloc(5), /has 5 bytes; WeCom takes only files of more than 5 bytes/, /只有 5 字节.*大于 5 字节/],
    ["--file", Buffer.alloc(20_971_521), /20971521 bytes.*at most 20971520 bytes \(20 MB\)/, /20971521 字节.*20 MB/],
    ["--image", GIF, /is gif by its bytes, whatever its name says; WeCom takes JPG or PNG/, /是 gif.*JPG 或 PNG/],
    ["--video", PNG, /is png by its bytes.*MP4/, /是 png.*MP4/],
    ["--voice", MP4, /is mp4 by its bytes.*AMR/, /是 mp4.*AMR/],
    ["--voice", amr(3001), /lasts 60\.02 seconds; WeCom takes voice of at most 60/, /时长 60\.02 秒.*60 秒/],
  ] as const
  for (const [flag, bytes, en, zh] of rows) {
    test(`${flag}: ${en.source}`, async () => {
      await using bench = await startBench()
      if (bytes !== undefined) await bench.file("a.dat", bytes)
      for (const [lang, expected] of [
        ["en", en],
        ["zh", zh],
      ] as const) {
        const ran = await bench.run(["send", "--json", "--lang", lang, "--user", "lisi", flag, "a.dat"])
        assert.equal(ran.code, 2)
        const [fault] = ran.json.error?.faults ?? []
        assert.match(fault?.message ?? "", expected)
        assert.equal(fault?.path, flag)
      }
      assert.deepEqual(await bench.calls("gettoken"), [])
    })
  }

  test("beside every other fault", async () => {
    await using bench = await startBench()
    const ran = await bench.run(["send", "--json", "--user", "@all", "--overflow", "x", "--image", "nowhere.png"])
    assert.equal(ran.code, 2)
    assert.deepEqual(
      ran.json.error?.faults.map(({ path }) => path),
      ["--user", "--image", "--overflow"],
    )
  })
})

test("--dry-run uploads nothing and says what it would", async () => {
  await using bench = await startBench()
  const argv = ["send", "--user", "lisi", "--dry-run", "--file", await bench.file("a.txt", TEXT)]
  const ran = await bench.run([...argv, "--json"])
  assert.equal(ran.code, 0)
  assert.deepEqual(ran.json["uploads"], [{ type: "file", filename: "a.txt", bytes: TEXT.length }])
  assert.deepEqual(ran.json.calls[0]?.request?.["file"], { media_id: "<media_id of a.txt>" })
  assert.match((await bench.run(argv)).stderr, /would be uploaded first: a\.txt \(9 bytes, file\)/)
  assert.deepEqual(await bench.calls("media/upload"), [])
})

test("an upload that fails is exit 3: nothing was sent", async () => {
  await using bench = await startBench()
  await bench.fault({ path: "media/upload", kind: "errcode", errcode: 45001 })
  const ran = await bench.run(["send", "--json", "--user", "lisi", "--file", await bench.file("a.txt", TEXT)])
  assert.equal(ran.code, 3)
  assert.equal(ran.json.error?.errcode, 45001)
  assert.deepEqual(await bench.shown(), [])
})

test("one file is one content; --safe goes with pictures and not with voice", async () => {
  await using bench = await startBench()
  const [image, voice] = [await bench.file("a.png", PNG), await bench.file("a.amr", amr(5))]
  assert.equal((await bench.run(["send", "--user", "lisi", "--image", image, "--voice", voice])).code, 2)
  assert.equal((await bench.run(["send", "--user", "lisi", "--image", image, "--image", image])).code, 2)
  assert.equal((await bench.run(["send", "--user", "lisi", "--voice", voice, "--safe"])).code, 2)
  assert.equal((await bench.run(["send", "--user", "lisi", "--image", image, "--safe"])).code, 0)
})

test("--help names the flags with their limits, in both languages", async () => {
  await using bench = await startBench()
  const en = (await bench.run(["send", "--help", "--lang", "en"])).stdout
  const zh = (await bench.run(["send", "--help", "--lang", "zh"])).stdout
  for (const [type] of files) assert.match(en, new RegExp(`--${type} <path>`))
  assert.match(en, /AMR, at most 2 MB and 60 s/)
  assert.match(zh, /AMR，最大 2 MB/)
})
