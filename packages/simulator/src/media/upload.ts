import { checkMedia, MEDIA_TYPES, ROBOT_MEDIA_TYPES, type MediaType, type MediaUse } from "@wecom-push/protocol"
import { queryText, refuse, type ApiAnswer, type ApiCall } from "../api/call.ts"
import type { App, Robot } from "../org/types.ts"
import type { World } from "../world.ts"

const PART = "media"
const EMPTY_UPLOAD = 44001

/** @see wecom document 90253 */
export function mediaUpload(world: World, call: ApiCall, _app: App): ApiAnswer {
  const named = queryText(call.query, "type")
  const type = MEDIA_TYPES.find((one) => one === named)
  if (type === undefined) return refuse(40005)
  return keepUpload(world, call, type, world.org.document.corp_id)
}

/** For that robot only. @see wecom document 99110 */
export function robotUpload(world: World, call: ApiCall, { key }: Robot): ApiAnswer {
  const named = queryText(call.query, "type")
  const type = ROBOT_MEDIA_TYPES.find((one) => one === named)
  return type === undefined ? refuse(40005) : keepUpload(world, call, type, ownerOf(key))
}

/** As the library names a group robot. */
export const ownerOf = (key: string): string => `robot:${key}`

function keepUpload(world: World, call: ApiCall, type: MediaType, owner: string): ApiAnswer {
  const { upload } = call
  if (upload === undefined) return refuse(EMPTY_UPLOAD)
  const errcode = mistakeIn(call, type)
  if (errcode !== 0) return refuse(errcode)

  const { bytes, format, durationMs } = upload
  const filename = upload.filename ?? unnamed(type, format)
  const medium = world.media.add({ type, filename, bytes, format, durationMs, owner, uploadedAtMs: call.nowMs })
  const created_at = String(Math.floor(call.nowMs / 1000))
  return { errcode: 0, errmsg: "", type, media_id: medium.id, created_at }
}

/** The part may have any name. @see wecom document 90256 */
export function uploadImage(world: World, call: ApiCall, _app: App): ApiAnswer {
  const { upload, nowMs } = call
  const errcode = mistakeIn(call, "inline_image")
  if (upload === undefined || errcode !== 0) return refuse(errcode)
  const filename = upload.filename ?? unnamed("image", upload.format)
  const { images_per_day: perDay, images_per_month: perMonth } = world.settings.limits
  // The longer window first: it stays closed longer.
  if (!world.inlineImagesOfMonth.isOpen(1, perMonth, nowMs)) return refuse(45009)
  if (!world.inlineImages.take(world.org.document.corp_id, 1, perDay, nowMs)) return refuse(45009)
  world.inlineImagesOfMonth.count(1, nowMs)
  return {
    errcode: 0,
    errmsg: "",
    url: `${call.origin}${PICTURES_PATH}${world.media.addPicture({ ...upload, filename })}`,
  }
}

/** Receivers see a name. */
function unnamed(use: string, format: string | undefined): string {
  return format === undefined ? use : `${use}.${format}`
}

export const PICTURES_PATH = "/_sim/pictures/"

function mistakeIn({ upload }: ApiCall, use: MediaUse): number {
  if (upload === undefined) return EMPTY_UPLOAD
  const [fault] = checkMedia(use, upload, { path: PART })
  return fault?.errcode ?? 0
}
