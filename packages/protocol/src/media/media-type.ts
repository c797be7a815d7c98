import { MAX_FILE_BYTES, MAX_IMAGE_BYTES, MAX_INLINE_IMAGE_BYTES, MAX_VIDEO_BYTES, MAX_VOICE_BYTES } from "../limits.ts"

/** The values of `type` for `media/upload`; a message of a type needs the id of a medium of that type. */
export type MediaType = (typeof MEDIA_TYPES)[number]

/** In the order of document 90253. */
export const MEDIA_TYPES = ["image", "voice", "video", "file"] as const

/** `inline_image`: a picture for the text of an article, for which `media/uploadimg` returns an address that never expires. */
export type MediaUse = MediaType | "inline_image"

export interface MediaRule {
  readonly limitBytes: number
  /** WeCom answers this code to a file over `limitBytes`. */
  readonly tooLargeErrcode: number
  /** The formats by their usual extensions, in lower case; undefined when any format is allowed. */
  readonly formats?: readonly string[]
  /** The formats as people write them. */
  readonly formatNames?: readonly string[]
  readonly wrongFormatErrcode?: number
}

// apng and m4v are PNG and MP4 under other names.
const PICTURE = { formats: ["jpg", "png", "apng"], formatNames: ["JPG", "PNG"], wrongFormatErrcode: 40004 } as const

/**
 * @see https://developer.work.weixin.qq.com/document/path/90253
 * @see https://developer.work.weixin.qq.com/document/path/90256
 */
export const MEDIA_RULES: Readonly<Record<MediaUse, MediaRule>> = {
  image: { ...PICTURE, limitBytes: MAX_IMAGE_BYTES, tooLargeErrcode: 40009 },
  voice: {
    limitBytes: MAX_VOICE_BYTES,
    tooLargeErrcode: 45001,
    formats: ["amr"],
    formatNames: ["AMR"],
    wrongFormatErrcode: 301017,
  },
  video: {
    limitBytes: MAX_VIDEO_BYTES,
    tooLargeErrcode: 40011,
    formats: ["mp4", "m4v"],
    formatNames: ["MP4"],
    wrongFormatErrcode: 40004,
  },
  file: { limitBytes: MAX_FILE_BYTES, tooLargeErrcode: 45001 },
  inline_image: { ...PICTURE, limitBytes: MAX_INLINE_IMAGE_BYTES, tooLargeErrcode: 40009 },
}
