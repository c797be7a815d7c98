/**
 * How long an AMR recording lasts, found by counting its frames of 20 ms. A last frame that is cut short, and
 * everything after a frame that cannot be one, are not counted; 0 for what is not AMR of one channel.
 * @see https://www.rfc-editor.org/rfc/rfc4867#section-5
 */
export function amrDurationMs(bytes: Uint8Array): number {
  const { head, frameBytes } = CODECS.find(({ head }) => startsWith(bytes, head)) ?? NO_CODEC
  let frames = 0
  for (let at = head.length; at < bytes.length; frames++) {
    const size = frameBytes[((bytes[at] ?? 0) >> 3) & 0xf] ?? 0
    if (size === 0 || at + size > bytes.length) break
    at += size
  }
  return frames * FRAME_MS
}

const FRAME_MS = 20

/** Bytes of a frame with its own head, by frame type; 0 for types that no file has. */
const CODECS = [
  { head: "#!AMR\n", frameBytes: [13, 14, 16, 18, 20, 21, 27, 32, 6, 0, 0, 0, 0, 0, 0, 1] },
  { head: "#!AMR-WB\n", frameBytes: [18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 0, 0, 0, 0, 1, 1] },
]
const NO_CODEC = { head: "", frameBytes: [] }

function startsWith(bytes: Uint8Array, head: string): boolean {
  return bytes.length >= head.length && Array.from(head).every((sign, index) => bytes[index] === sign.charCodeAt(0))
}
