import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { checkMedia } from "./check-media.ts"
import type { MediaFacts } from "./check-media.ts"
import type { MediaUse } from "./media-type.ts"

const MB = 1024 * 1024
const place = { path: "media", file: "a" }

interface Limit {
  readonly use: MediaUse
  readonly format?: string
  readonly limitBytes: number
  readonly errcode: number
}

const limits: readonly Limit[] = [
  { use: "image", format: "jpg", limitBytes: 10 * MB, errcode: 40009 },
  { use: "voice", format: "amr", limitBytes: 2 * MB, errcode: 45001 },
  { use: "video", format: "mp4", limitBytes: 10 * MB, errcode: 40011 },
  { use: "file", limitBytes: 20 * MB, errcode: 45001 },
  { use: "inline_image", format: "png", limitBytes: 2 * MB, errcode: 40009 },
]

suite("sizes", () => {
  for (const { use, format, limitBytes, errcode } of limits) {
    // proves 4.bad 3: a file that is too big
    test(`${use}: ${limitBytes} bytes are taken, one more is ${errcode}`, () => {
      assert.deepEqual(checkMedia(use, { format, sizeBytes: limitBytes }, place), [])
      assert.deepEqual(checkMedia(use, { format, sizeBytes: limitBytes + 1 }, place), [
        {
          ...place,
          rule: "file_too_large",
          severity: "error",
          unit: "bytes",
          limit: limitBytes,
          actual: limitBytes + 1,
          errcode,
          because: use,
        },
      ])
    })

    // proves 4.bad 2: a file that is empty
    test(`${use}: six bytes are enough, five are not (40006), none are 44001`, () => {
      const codes = [6, 5, 0].map((sizeBytes) => checkMedia(use, { format, sizeBytes }, place)[0]?.errcode)
      assert.deepEqual(codes, [undefined, 40006, 44001])
    })
  }
})

suite("kinds", () => {
  const formats = ["jpg", "png", "apng", "gif", "amr", "mp3", "mp4", "m4v", "mov", "pdf", undefined]
  const taken: Readonly<Record<MediaUse, readonly (string | undefined)[]>> = {
    image: ["jpg", "png", "apng"],
    voice: ["amr"],
    video: ["mp4", "m4v"],
    file: formats,
    inline_image: ["jpg", "png", "apng"],
  }
  const errcodes = { image: 40004, voice: 301017, video: 40004, file: 0, inline_image: 40004 }
  for (const { use } of limits) {
    // proves 4.bad 4: a file of the wrong kind
    test(`${use} takes its own formats and refuses others with ${errcodes[use]}`, () => {
      for (const format of formats) {
        const codes = checkMedia(use, { format, sizeBytes: 1000 }, place).map(({ errcode }) => errcode)
        assert.deepEqual(codes, taken[use].includes(format) ? [] : [errcodes[use]], format)
      }
    })
  }

  test("of an empty file the kind is not asked", () => {
    assert.deepEqual(
      checkMedia("image", { sizeBytes: 0 }, place).map(({ rule }) => rule),
      ["file_too_small"],
    )
  })
})

// proves 4.bad 5: voice that is none or too long
test("voice of sixty seconds is taken, one frame more is 45007 and names both", () => {
  assert.deepEqual(checkMedia("voice", voice(60_000), place), [])
  const [fault] = checkMedia("voice", voice(60_020), place)
  assert.deepEqual([fault?.rule, fault?.errcode, fault?.limit, fault?.actual], ["voice_too_long", 45007, 60, 60.02])
  assert.deepEqual(checkMedia("file", voice(60_020), place), [])
})

function voice(durationMs: number): MediaFacts {
  return { sizeBytes: 1000, format: "amr", durationMs }
}

test("everything wrong is reported at once", () => {
  const rules = checkMedia("voice", { sizeBytes: 3 * MB, format: "amr", durationMs: 90_000 }, place)
  assert.deepEqual(
    rules.map(({ rule }) => rule),
    ["file_too_large", "voice_too_long"],
  )
})
