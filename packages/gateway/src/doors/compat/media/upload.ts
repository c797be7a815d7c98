import { describeFault, MEDIA_RULES, MEDIA_TYPES, uploadedFilename, uploadPartRank } from "@wecom-push/protocol"
import type { MediaType } from "@wecom-push/protocol"
import type { FastifyRequest } from "fastify"
import { Problem } from "../../../problems/problem.ts"
import { FORM_LIMITS, readForm } from "../../../files/read-form.ts"
import type { Form } from "../../../files/read-form.ts"
import { takeIn } from "../../../files/take-in.ts"
import type { CompatAnswer } from "../answer.ts"
import { requireScope } from "../callers.ts"
import type { Caller } from "../callers.ts"
import type { CompatRequest } from "../compat-request.ts"
import type { CompatDeps } from "../deps.ts"
import { Refusal } from "../refusal.ts"

/**
 * Stores a file as durably as `/v1/media` does; WeCom gets it when a message needs it. The id is the gateway's own, and
 * stays valid for more than three days.
 * @throws {Refusal} with WeCom's codes
 * @throws {Problem} if the file cannot be stored
 * @see https://developer.work.weixin.qq.com/document/path/90253
 */
export async function uploadMedia(
  deps: CompatDeps,
  caller: Caller,
  call: CompatRequest,
  request: FastifyRequest,
): Promise<CompatAnswer> {
  requireScope(caller, ["send"])
  const type = MEDIA_TYPES.find((one) => one === call.queryText("type"))
  if (type === undefined) throw new Refusal(40005, `type is one of ${MEDIA_TYPES.join(", ")}`)
  await using form = await formOf(deps, request, type)
  if (form.file === undefined) throw new Refusal(EMPTY_UPLOAD, `the file goes in a part called ${PART}`)
  // Receivers see a name. Pictures, voice and videos without a name get one from their bytes.
  const filename = uploadedFilename(form.file.filename) ?? (type === "file" ? type : undefined)

  const place = { store: deps.stores.media, room: deps.files }
  const at = deps.now()
  const apps = caller.apps.map(({ name }) => name)
  const { key } = caller
  const taken = await takeIn(place, { draft: form.file.draft, filename }, type, { path: PART, key, apps, at })
  if (taken.kind === "refused") {
    const [fault] = taken.faults
    throw new Refusal(fault?.errcode ?? 40058, fault && describeFault(fault, "en"))
  }
  deps.metrics.mediumTaken(type, taken.kind)
  return { errcode: 0, errmsg: "", type, media_id: taken.id, created_at: String(Math.floor(at / 1000)) }
}

/** Clients put texts beside the file. The simulator accepts as many parts. */
const MAX_PARTS = 50
/** Options of `@fastify/multipart`. Any part may be the file, and its name is kept as it is. */
export const UPLOAD_FORM = {
  ...FORM_LIMITS,
  limits: { ...FORM_LIMITS.limits, files: MAX_PARTS, parts: MAX_PARTS },
  isPartAFile: () => true,
  preservePath: true,
}

const PART = "media"
const EMPTY_UPLOAD = 44001

/** If the body is no form, or breaks off, there is no file for WeCom. */
async function formOf({ stores }: CompatDeps, request: FastifyRequest, type: MediaType): Promise<Form> {
  try {
    return await readForm(request, stores.media, {
      rankOf: uploadPartRank,
      ignoresRest: true,
      fields: [],
      limitBytes: () => MEDIA_RULES[type].limitBytes,
    })
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    throw new Refusal(EMPTY_UPLOAD, "send the file as multipart/form-data", { cause: error })
  }
}
