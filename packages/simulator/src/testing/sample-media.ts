import type { MediaType } from "@wecom-push/protocol"

/** The smallest files that have the first bytes of each kind. */
export const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
)
export const JPG = Buffer.from("ffd8ffe000104a46494600010100000100010000ffd9", "hex")
export const MP4 = Buffer.from("\0\0\0\x18ftypisom\0\0\x02\0isommp42\0\0\0\x08mdat", "latin1")
export const GIF = Buffer.from("GIF89a\x01\0\x01\0\0\0\0;", "latin1")
export const TEXT = Buffer.from("日志 1\n日志 2\n")

/** Silence of the best quality: 32 bytes are 20 ms. */
export function amr(seconds: number): Buffer<ArrayBuffer> {
  const frame = Buffer.alloc(32)
  frame[0] = 0x3c
  return Buffer.concat([Buffer.from("#!AMR\n"), ...Array.from({ length: seconds * 50 }, () => frame)])
}

export const AMR_OF_61_SECONDS = amr(61)

export const SAMPLES: Readonly<Record<MediaType, Buffer<ArrayBuffer>>> = {
  image: PNG,
  voice: amr(2),
  video: MP4,
  file: TEXT,
}

/** A file of the same kind and of exactly this length. */
export function padded(bytes: Buffer<ArrayBuffer>, lengthBytes: number): Buffer<ArrayBuffer> {
  return Buffer.concat([bytes, Buffer.alloc(lengthBytes - bytes.length)])
}
