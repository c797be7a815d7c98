import { MAX_FILE_BYTES, MAX_IMAGE_BYTES, MAX_INLINE_IMAGE_BYTES, MAX_VIDEO_BYTES, MAX_VOICE_BYTES } from "../limits.ts"

/** Values of `type` for `media/upload`; a message of that type needs an id of it. */
export type MediaType = (typeof MEDIA_TYPES)[number]

/** In the order of document 90253. */
export const MEDIA_TYPES = ["image", "voice", "video", "file"] as const

/** `inline_image`: a picture for the text of an article, which `media/uploadimg` gives an address that never ends. */
export type MediaUse = MediaType | "inline_image"

export interface MediaRule {
  readonly limitBytes: number
  /** Of more than this: WeCom answers the code to a bigger file. */
  readonly tooLargeErrcode: number
  /** Names of formats as file names end in them, lower case; undefined where anything goes. */
  readonly formats?: readonly string[]
  /** The same for reading. */
  readonly formatNames?: readonly string[]
  readonly wrongFormatErrcode?: number
}

// apng and m4v are PNG and MP4 under names of their own.
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
