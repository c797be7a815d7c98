import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { amrDurationMs } from "./amr.ts"

/** Bytes of a frame with its head, by frame type, as RFC 4867 has them (bits of speech / 8, rounded up, and one). */
const NARROW = [13, 14, 16, 18, 20, 21, 27, 32, 6]
const WIDE = [18, 24, 33, 37, 41, 47, 51, 59, 61, 6]

function recording(head: string, frames: readonly { type: number; size: number }[]): Uint8Array {
  const bytes = frames.flatMap(({ type, size }) => [(type << 3) | 4, ...Array<number>(size - 1).fill(0xff)])
  return new Uint8Array([...Buffer.from(head), ...bytes])
}

suite("a frame of any type lasts 20 ms", () => {
  for (const [head, sizes] of [
    ["#!AMR\n", NARROW],
    ["#!AMR-WB\n", WIDE],
  ] as const) {
    for (const [type, size] of sizes.entries()) {
      test(`${head.trim()}, type ${type}`, () => {
        const frames = Array.from({ length: 7 }, () => ({ type, size }))
        assert.equal(amrDurationMs(recording(head, frames)), 140)
      })
    }
  }
})

test("frames of different types are counted alike, silence and lost ones too", () => {
  const frames = [
    { type: 7, size: 32 },
    { type: 8, size: 6 },
    { type: 15, size: 1 },
    { type: 0, size: 13 },
  ]
  assert.equal(amrDurationMs(recording("#!AMR\n", frames)), 80)
})

test("a minute of the best quality is 3000 frames", () => {
  const frames = Array.from({ length: 3000 }, () => ({ type: 7, size: 32 }))
  assert.equal(amrDurationMs(recording("#!AMR\n", frames)), 60_000)
})

test("a frame cut short, and what follows a frame that cannot be one, is not counted", () => {
  const whole = recording("#!AMR\n", [
    { type: 7, size: 32 },
    { type: 7, size: 32 },
  ])
  assert.equal(amrDurationMs(whole.subarray(0, -1)), 20)
  const strange = recording("#!AMR\n", [
    { type: 7, size: 32 },
    { type: 12, size: 32 },
    { type: 7, size: 32 },
  ])
  assert.equal(amrDurationMs(strange), 20)
})

test("what is no AMR of one channel has no length", () => {
  for (const text of ["", "#!AMR", "#!AMR_MC1.0\n\0\0\0\x01<", "RIFF", "#!amr\n<"]) {
    assert.equal(amrDurationMs(Buffer.from(text)), 0, text)
  }
})
