import { checkSafeFile, mapMediaIds, MAX_INLINE_IMAGE_BYTES } from "@wecom-push/protocol"
import type { MediaType } from "@wecom-push/protocol"
import type { CallKind } from "@wecom-push/protocol/delivery"
import { isMediumId } from "../model/medium-id.ts"
import type { Medium } from "../model/ports/media.ts"
import { errorOfFault } from "./issues.ts"
import { pointerOf } from "./pointer.ts"
import type { ProblemError } from "../problems/problem.ts"

/** A file of the gateway, and where a message names it. */
export interface NamedMedium {
  readonly id: string
  /** A JSON pointer, as in `/image/media_id`. */
  readonly path: string
  /** The type that it must have; undefined if WeCom does not say. */
  readonly type: MediaType | undefined
  /** The message may not be forwarded: then WeCom takes only some types. */
  readonly isSafe?: true
  /** Set if it is less than the limit for uploads. */
  readonly mostBytes?: number
}

/** Accepts a message of any form. */
export function mediaNamedIn(
  message: object,
  ways: readonly Pick<CallKind, "inlinesImages">[] = [],
): readonly NamedMedium[] {
  const found: NamedMedium[] = []
  const isInlined = ways.some(({ inlinesImages }) => inlinesImages === true)
  mapMediaIds(message, (id, { path, type }) => {
    if (isMediumId(id)) {
      const isOfCard = path.startsWith("template_card.")
      const isSafe = type === "file" && !isOfCard && "safe" in message && message.safe === 1
      const wanted = isOfCard ? undefined : type
      found.push({
        id,
        path: pointerOf(path),
        type: wanted,
        ...(isSafe ? { isSafe } : {}),
        ...(isInlined && wanted === "image" ? { mostBytes: MAX_INLINE_IMAGE_BYTES } : {}),
      })
    }
    return id
  })
  return found
}

/** The codes of faults in an id of a file. */
export const MEDIA_FAULTS: ReadonlySet<string> = new Set(["unknown_media", "media_type", "media_size", "unsafe_file"])

/** @param known the files that the message's app may use */
export function faultsOfMedia(named: readonly NamedMedium[], known: readonly Medium[]): ProblemError[] {
  return named.flatMap(({ id, path, type, isSafe, mostBytes = Infinity }) => {
    const medium = known.find((one) => one.id === id)
    if (medium === undefined) return [unknownMedium(path)]
    if (type !== undefined && medium.type !== type) return [otherType(path, type, medium.type)]
    if (medium.sizeBytes > mostBytes) return [tooLarge(path, medium.sizeBytes, mostBytes)]
    const unsafe = isSafe && checkSafeFile(medium.filename, { path: "file.media_id", file: medium.filename })
    return unsafe === undefined ? [] : [errorOfFault(unsafe)]
  })
}

/** Also used for a file that exists, but not for this app. */
function unknownMedium(path: string): ProblemError {
  return {
    path,
    code: "unknown_media",
    detail: {
      en: `${path} names no file that the app may send; upload it with POST /v1/media and a key of the app, and use the returned id.`,
      zh: `${path} 指向的文件不存在，或不属于此应用。请用该应用的密钥 POST /v1/media 上传，并使用返回的 id。`,
    },
  }
}

function tooLarge(path: string, actual: number, most: number): ProblemError {
  return {
    path,
    code: "media_size",
    detail: {
      en: `${path} names a file of ${actual} bytes; here it may have ${most}. Hand in a smaller one.`,
      zh: `${path} 指向的文件有 ${actual} 字节，此处最多 ${most} 字节，请上传更小的文件。`,
    },
  }
}

function otherType(path: string, wanted: MediaType, actual: MediaType): ProblemError {
  return {
    path,
    code: "media_type",
    detail: {
      en: `${path} names a file that was uploaded as ${actual}; upload it again with type ${wanted}.`,
      zh: `${path} 指向的文件是以 ${actual} 类型上传的，请以 ${wanted} 类型重新上传。`,
    },
  }
}
