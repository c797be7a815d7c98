import multipart from "@fastify/multipart"
import { MAX_FILE_BYTES, MEDIA_RULES, MEDIA_TYPES } from "@wecom-push/protocol"
import type { MediaType, UploadPart } from "@wecom-push/protocol"
import { z } from "zod"
import { errorOfFault, errorsOfIssues, refuse, unknownField } from "../accept/issues.ts"
import { toPointer } from "../accept/pointer.ts"
import { bodyTooLarge } from "../problems/body-too-large.ts"
import { Problem } from "../problems/problem.ts"
import type { ProblemError } from "../problems/problem.ts"
import { formatRfc3339 } from "../accept/rfc3339.ts"
import type { KeyRecord } from "../ports/keys.ts"
import type { Medium } from "../ports/media.ts"
import type { AppScope } from "../ports/reader.ts"
import { FORM_LIMITS, readForm } from "../media/read-form.ts"
import type { Form, FormFile } from "../media/read-form.ts"
import { takeIn } from "../media/take-in.ts"
import { keyOf } from "./authenticate.ts"
import type { HttpDeps } from "./deps.ts"
import { noQuery, problems, time } from "./schemas.ts"
import type { App } from "./app.ts"

const formFields = {
  type: z
    .enum(MEDIA_TYPES)
    .describe(
      "image: JPG or PNG up to 10 MB. voice: AMR up to 2 MB and 60 s. video: MP4 up to 10 MB. file: anything up to 20 MB. All of more than 5 bytes.",
    ),
  app: z
    .string()
    .max(64)
    .optional()
    .describe("Only messages of this app may name the file; of all the key's apps unless given."),
}

/** Shown in `/openapi.json`; a form is read piece by piece, and checked as it comes. */
export const mediaForm = z.strictObject({
  file: z.string().meta({ format: "binary" }).describe("With a file name, which receivers see."),
  ...formFields,
})

const mediumView = z
  .object({
    id: z
      .string()
      .describe("`med_…`, the same for the same file of one client. Takes the place of a `media_id` in messages."),
    type: z.enum(MEDIA_TYPES),
    filename: z.string(),
    bytes: z.int(),
    sha256: z.string(),
    created_at: time,
  })
  .meta({ id: "Medium" })

/** Files that messages will name. */
export function mediaRoutes(deps: HttpDeps): (app: App) => Promise<void> {
  return async (app) => {
    const { media } = deps.stores
    app.removeAllContentTypeParsers()
    await app.register(multipart, FORM_LIMITS)

    app.route({
      method: "POST",
      url: "/v1/media",
      bodyLimit: deps.limits.bodyBytes,
      config: { scopes: ["send"], takesForm: true },
      schema: {
        operationId: "storeMedia",
        tags: ["media"],
        summary: "Store a file for messages",
        description:
          "On the disk when it is answered, and with WeCom when a message first needs it: WeCom keeps files for three days, the gateway for as long as a message names them, and for the retention time after they were last handed in. The same file again from the same client gives the same id, with 200 instead of 201; what others have handed in does not show.",
        querystring: noQuery,
        consumes: ["multipart/form-data"],
        body: mediaForm,
        response: { 200: mediumView, 201: mediumView, ...problems },
      },
      handler: async (request, reply) => {
        const key = keyOf(request)
        refuseTooLarge(request.headers["content-length"], deps)
        await using form = await readForm(request, media, FORM)
        const { file, type, app: name } = checked(form)
        const apps = await scopeOf(key, name, deps)
        const taken = await takeIn(media, file, type, { path: "file", key, apps, at: deps.now() })
        if (taken.kind === "refused") throw refuse(taken.faults.map(errorOfFault))
        deps.metrics.mediumTaken(type, taken.kind)
        const medium = await media.get(taken.id)
        if (medium === undefined) throw new Error("a medium is gone as soon as it is kept")
        reply.code(taken.kind === "stored" ? 201 : 200).header("location", `/v1/media/${medium.id}`)
        return viewOf(medium)
      },
    })

    app.route({
      method: "GET",
      url: "/v1/media/:id",
      config: { scopes: ["send", "read"] },
      schema: {
        operationId: "getMedia",
        tags: ["media"],
        summary: "What a stored file is",
        params: z.object({ id: z.string() }),
        querystring: noQuery,
        response: { 200: mediumView, ...problems },
      },
      handler: async (request) => {
        const [medium] = await media.find([request.params.id], keyOf(request).apps)
        if (medium !== undefined) return viewOf(medium)
        throw new Problem("not_found", {
          detail: { en: "The key knows of no file with this id.", zh: "密钥范围内没有此 id 的文件。" },
        })
      },
    })
  }
}

const FORM = {
  rankOf: ({ name }: UploadPart) => (name === "file" ? 1 : 0),
  fields: Object.keys(formFields),
  limitBytes: (fields: ReadonlyMap<string, string>) => {
    const type = MEDIA_TYPES.find((one) => one === fields.get("type"))
    return type === undefined ? MAX_FILE_BYTES : MEDIA_RULES[type].limitBytes
  },
}

const checkedFields = z.object(formFields)

/** @throws {Problem} everything wrong with the form but what is in the file */
function checked({ fields, file, others }: Form): { file: FormFile; type: MediaType; app: string | undefined } {
  const parsed = checkedFields.safeParse(Object.fromEntries(fields), { reportInput: true })
  // Of a file that was too long for anything, what comes after it was not read.
  const isCut = file !== undefined && file.draft.sizeBytes > MAX_FILE_BYTES
  if (isCut && !fields.has("type")) throw refuse([tooLarge(file.draft.sizeBytes)])
  const errors = others.slice(0, MAX_OTHERS).map((name) => unknownField(toPointer([name])))
  if (!parsed.success) errors.push(...errorsOfIssues(parsed.error.issues))
  if (file === undefined) errors.push(noFile())
  if (!parsed.success || file === undefined || errors.length > 0) throw refuse(errors)
  return { file, type: parsed.data.type, app: parsed.data.app }
}

const MAX_OTHERS = 10

function tooLarge(actual: number): ProblemError {
  return errorOfFault({
    path: "file",
    rule: "file_too_large",
    severity: "error",
    unit: "bytes",
    limit: MAX_FILE_BYTES,
    actual,
    because: "file",
  })
}

function noFile(): ProblemError {
  return {
    path: "/file",
    code: "required",
    detail: {
      en: "/file is missing; send the file in a part of this name, with a file name.",
      zh: "缺少 /file：请在名为 file 的表单字段中发送文件，并带上文件名。",
    },
  }
}

/** @throws {Problem} `body_too_large`, before any of it is read */
function refuseTooLarge(length: string | undefined, { limits }: HttpDeps): void {
  if (Number(length ?? 0) > limits.bodyBytes) throw bodyTooLarge(limits.bodyBytes)
}

/** @throws {Problem} `not_found` for an app that the key does not hold */
async function scopeOf(key: KeyRecord, name: string | undefined, { apps }: HttpDeps): Promise<AppScope> {
  if (name === undefined) return key.apps
  return [await apps.heldApp(key, name)]
}

function viewOf({ id, type, filename, sizeBytes, sha256, storedAt }: Medium): z.output<typeof mediumView> {
  return { id, type, filename, bytes: sizeBytes, sha256, created_at: formatRfc3339(storedAt) }
}
