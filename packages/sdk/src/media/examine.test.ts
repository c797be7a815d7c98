import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { createReadStream } from "node:fs"
import { appendFile, chmod, readdir } from "node:fs/promises"
import { join } from "node:path"
import { Readable } from "node:stream"
import { suite, test } from "node:test"
import { describeFault } from "@wecom-push/protocol"
import type { Fault, MediaUse } from "@wecom-push/protocol"
import { aFolder } from "../testing/a-folder.ts"
import { amr, GIF, JPG, MP4, padded, PNG, TEXT } from "../testing/sample-media.ts"
import { examine } from "./examine.ts"
import type { MediaFile } from "./examine.ts"
import type { MediaSource } from "./media-source.ts"

const MB = 1024 * 1024

async function faultsOf(use: MediaUse, source: MediaSource): Promise<readonly Fault[]> {
  const examined = await examine(use, source, "here")
  if ("faults" in examined) return examined.faults
  await examined.file.release()
  return []
}

async function fileOf(use: MediaUse, source: MediaSource): Promise<MediaFile> {
  const examined = await examine(use, source, "here")
  if ("faults" in examined) assert.fail(JSON.stringify(examined.faults))
  return examined.file
}

async function bytesOf({ blob }: MediaFile): Promise<Buffer> {
  return Buffer.from(await blob.arrayBuffer())
}

suite("a file is what its bytes are, whatever its name says", () => {
  const rows: readonly [use: MediaUse, filename: string, bytes: Buffer<ArrayBuffer>, fault: string | undefined][] = [
    ["image", "a.jpg", PNG, undefined],
    ["image", "a.txt", JPG, undefined],
    ["image", "a.png", GIF, "here (a.png) is gif by its bytes, whatever its name says; WeCom takes JPG or PNG here."],
    ["image", "a.png", TEXT, "here (a.png) is of no known kind by its bytes"],
    ["image", "a.png", padded(PNG, 10 * MB), undefined],
    [
      "image",
      "a.png",
      padded(PNG, 10 * MB + 1),
      "10485761 bytes; WeCom takes pictures of at most 10485760 bytes (10 MB)",
    ],
    ["voice", "a.mp3", amr(3000), undefined],
    ["voice", "a.amr", amr(3001), "here (a.amr) lasts 60.02 seconds; WeCom takes voice of at most 60."],
    ["voice", "a.amr", MP4, "here (a.amr) is mp4 by its bytes"],
    ["voice", "a.amr", padded(amr(1), 2 * MB + 1), "2097153 bytes; WeCom takes voice of at most 2097152 bytes (2 MB)"],
    ["video", "a.avi", MP4, undefined],
    ["video", "a.mp4", amr(5), "here (a.mp4) is amr by its bytes"],
    [
      "video",
      "a.mp4",
      padded(MP4, 10 * MB + 1),
      "10485761 bytes; WeCom takes videos of at most 10485760 bytes (10 MB)",
    ],
    ["file", "a", padded(Buffer.alloc(0), 6), undefined],
    ["file", "a", padded(Buffer.alloc(0), 5), "here (a) has 5 bytes; WeCom takes only files of more than 5 bytes."],
    ["file", "a", Buffer.alloc(0), "here (a) has 0 bytes"],
    ["file", "a", Buffer.alloc(20 * MB + 1), "20971521 bytes; WeCom takes files of at most 20971520 bytes (20 MB)"],
    ["inline_image", "a.png", padded(PNG, 2 * MB + 1), "pictures inside an article of at most 2097152 bytes (2 MB)"],
  ]
  for (const [use, filename, bytes, expected] of rows) {
    test(`${use} ${filename}, ${bytes.length} bytes: ${expected ?? "taken"}`, async () => {
      await using folder = await aFolder()
      const sources: MediaSource[] = [
        { path: await folder.file(filename, bytes), filename },
        { content: bytes, filename },
        new File([bytes], filename),
        { content: Readable.from([bytes]), filename },
      ]
      for (const source of sources) {
        const sentences = (await faultsOf(use, source)).map((fault) => describeFault(fault, "en"))
        if (expected === undefined) assert.deepEqual(sentences, [])
        else assert.ok(sentences[0]?.replace(/\(\/.*?\)/, `(${filename})`).includes(expected), sentences.join(" "))
      }
    })
  }
})

// proves 4.bad 1: a file that is missing
test("a path that leads nowhere, to a folder, or to what may not be read is reported with the system's word", async () => {
  await using folder = await aFolder()
  const missing = join(folder.path, "无此文件.pdf")
  assert.deepEqual(await faultOfPath(missing), {
    path: "here",
    rule: "file_unreadable",
    severity: "error",
    because: "ENOENT",
    file: missing,
  })
  assert.equal((await faultOfPath(folder.path))?.because, "EISDIR")
  const locked = await folder.file("locked", TEXT)
  await chmod(locked, 0)
  if (process.getuid?.() !== 0) assert.equal((await faultOfPath(locked))?.because, "EACCES")
})

test("a stream that breaks is an unreadable file", async () => {
  assert.deepEqual(await faultsOf("file", { content: breaking(), filename: "a" }), [
    { path: "here", rule: "file_unreadable", severity: "error", because: "EIO" },
  ])
})

test("a file that changes between looking and sending can no longer be read", async () => {
  await using folder = await aFolder()
  const path = await folder.file("a", TEXT)
  const file = await fileOf("file", { path })
  await appendFile(path, "more")
  await assert.rejects(bytesOf(file), { name: "NotReadableError" })
})

suite("names", () => {
  test("of a path its last part, of a File and of a stream from a file their own, and what is given before all", async () => {
    await using folder = await aFolder()
    const path = await folder.file("季度 报告.pdf", TEXT)
    assert.equal(await nameOf({ path }), "季度 报告.pdf")
    assert.equal(await nameOf(new File([TEXT], "b.txt")), "b.txt")
    assert.equal(await nameOf(createReadStream(path)), "季度 报告.pdf")
    assert.equal(await nameOf({ path, filename: "c.pdf" }), "c.pdf")
    assert.equal(await nameOf({ content: new File([TEXT], "b.txt"), filename: "d.txt" }), "d.txt")
  })

  test("pictures, voice and videos without one get one; a file needs one, since people choose by it", async () => {
    assert.equal((await fileOf("image", PNG)).filename, "image.png")
    assert.equal((await fileOf("image", JPG)).filename, "image.jpg")
    assert.equal((await fileOf("voice", amr(5))).filename, "voice.amr")
    assert.equal((await fileOf("video", new Blob([MP4]))).filename, "video.mp4")
    const required = { path: "here.filename", rule: "required", severity: "error" }
    assert.deepEqual(await faultsOf("file", TEXT), [required])
  })

  test("are names: no folders, no control characters, no half characters", async () => {
    for (const filename of ["a/b", "a\\b", "a\r\nb", "a\0", "\ud800", ""]) {
      const [fault] = await faultsOf("file", { content: TEXT, filename })
      assert.equal(fault?.path, "here.filename", JSON.stringify(filename))
    }
  })
})

suite("streams", () => {
  // proves 4.1: media in the SDK
  test("are read once and can be sent as often as it takes, short ones from memory, long ones from a file", async () => {
    for (const bytes of [TEXT, padded(TEXT, 3 * MB)]) {
      const file = await fileOf("file", { content: Readable.from(piecesOf(bytes, 100_000)), filename: "a" })
      assert.deepEqual(await bytesOf(file), bytes)
      assert.deepEqual(await bytesOf(file), bytes)
      await file.release()
    }
  })

  test("may use the memory of a piece again", async () => {
    const file = await fileOf("file", { content: reusing(), filename: "a" })
    assert.equal((await bytesOf(file)).toString(), "abcdefghijkl")
  })

  test("that are longer than the limit are not read to their end", async () => {
    let given = 0
    const endless = async function* () {
      for (;;) {
        given += MB
        yield Buffer.alloc(MB)
      }
    }
    const [fault] = await faultsOf("file", { content: endless(), filename: "a" })
    assert.deepEqual([fault?.rule, fault?.actual], ["file_too_large", 20 * MB + 1])
    assert.equal(given, 21 * MB)
  })

  test("leave no file behind", async (t) => {
    await using folder = await aFolder()
    t.after(setTemporaryFolder(folder.path))
    const long = { filename: "a", content: padded(TEXT, 3 * MB) }
    const stream = () => ({ ...long, content: Readable.from(piecesOf(long.content, 100_000)) })
    const file = await fileOf("file", stream())
    assert.equal((await readdir(folder.path)).length, 1)
    await file.release()
    await file.release()
    await faultsOf("image", stream())
    await faultsOf("voice", stream())
    assert.deepEqual(await readdir(folder.path), [])
  })

  test("a pipe with a name is read like a stream", async () => {
    await using folder = await aFolder()
    const [pipe, source] = [join(folder.path, "pipe"), await folder.file("source", padded(TEXT, 2 * MB))]
    execFileSync("mkfifo", [pipe])
    const writer = createReadStream(source).pipe((await import("node:fs")).createWriteStream(pipe))
    const file = await fileOf("file", { path: pipe, filename: "a" })
    assert.deepEqual(await bytesOf(file), padded(TEXT, 2 * MB))
    await file.release()
    writer.destroy()
  })
})

test("the content hash is SHA-256 and does not depend on where the bytes come from", async () => {
  await using folder = await aFolder()
  const bytes = padded(TEXT, 2 * MB)
  const sources: MediaSource[] = [
    { path: await folder.file("a", bytes) },
    new File([bytes], "b"),
    { content: Readable.from([bytes]), filename: "c" },
  ]
  const hashes = new Set<string>()
  for (const source of sources) {
    const file = await fileOf("file", source)
    hashes.add(await file.contentHash())
    await file.release()
  }
  assert.equal(hashes.size, 1)
  assert.match([...hashes].join(), /^[0-9a-f]{64}$/)
})

function* piecesOf(bytes: Buffer, pieceBytes: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}

async function faultOfPath(path: string): Promise<Fault | undefined> {
  return (await faultsOf("file", { path }))[0]
}

async function nameOf(source: MediaSource): Promise<string> {
  return (await fileOf("file", source)).filename
}

async function* breaking(): AsyncGenerator<Uint8Array> {
  yield TEXT
  throw Object.assign(new Error("secret of the disk"), { code: "EIO" })
}

async function* reusing(): AsyncGenerator<Uint8Array> {
  const piece = Buffer.alloc(4)
  for (const text of ["abcd", "efgh", "ijkl"]) {
    piece.write(text)
    yield piece
  }
}

/** @returns what sets it back */
function setTemporaryFolder(path: string): () => void {
  const before = process.env["TMPDIR"]
  process.env["TMPDIR"] = path
  return () => {
    if (before === undefined) delete process.env["TMPDIR"]
    else process.env["TMPDIR"] = before
  }
}
