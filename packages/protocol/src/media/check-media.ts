import type { Fault } from "../fault.ts"
import { MAX_VOICE_SECONDS, MEDIA_BYTES_FLOOR } from "../limits.ts"
import { withErrcode } from "../shape.ts"
import { MEDIA_RULES } from "./media-type.ts"
import type { MediaUse } from "./media-type.ts"

/** Facts about a file, found by examining its bytes. */
export interface MediaFacts {
  readonly sizeBytes: number
  /** The usual extension of the format, in lower case, such as `png`; undefined when the bytes are of no known format. */
  readonly format?: string | undefined
  /** The duration of an AMR file: see `amrDurationMs`. */
  readonly durationMs?: number | undefined
}

/** Place and name of the file, for the sentences. */
export interface MediaPlace {
  readonly path: string
  readonly file?: string
}

/**
 * Everything for which WeCom would refuse a file, found from its bytes without asking WeCom. A simulator of WeCom
 * answers the `errcode` of the first fault.
 * @see https://developer.work.weixin.qq.com/document/path/90253
 */
export function checkMedia(use: MediaUse, facts: MediaFacts, place: MediaPlace): Fault[] {
  const faults = [sizeFault(use, facts), formatFault(use, facts), durationFault(use, facts)]
  return faults.filter((fault) => fault !== undefined).map((fault) => ({ ...fault, ...place, severity: "error" }))
}

type Finding = Omit<Fault, "path" | "severity">

function sizeFault(use: MediaUse, { sizeBytes: actual }: MediaFacts): Finding | undefined {
  if (actual <= MEDIA_BYTES_FLOOR) {
    return {
      rule: "file_too_small",
      unit: "bytes",
      limit: MEDIA_BYTES_FLOOR,
      actual,
      errcode: actual === 0 ? 44001 : 40006,
    }
  }
  const { limitBytes: limit, tooLargeErrcode: errcode } = MEDIA_RULES[use]
  return actual > limit ? { rule: "file_too_large", unit: "bytes", limit, actual, errcode, because: use } : undefined
}

/** An empty file has no format fault, because its format cannot be known. */
function formatFault(use: MediaUse, { sizeBytes, format }: MediaFacts): Finding | undefined {
  const { formats, formatNames = [], wrongFormatErrcode } = MEDIA_RULES[use]
  if (formats === undefined || sizeBytes === 0 || (format !== undefined && formats.includes(format))) return undefined
  return {
    rule: "file_kind",
    allowed: formatNames,
    ...(format === undefined ? {} : { because: format }),
    ...withErrcode(wrongFormatErrcode),
  }
}

function durationFault(use: MediaUse, { durationMs = 0 }: MediaFacts): Finding | undefined {
  if (use !== "voice" || durationMs <= MAX_VOICE_SECONDS * 1000) return undefined
  return { rule: "voice_too_long", limit: MAX_VOICE_SECONDS, actual: durationMs / 1000, errcode: 45007 }
}
