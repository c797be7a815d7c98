import multipart from "@fastify/multipart"
import { MAX_FILE_BYTES, MEDIA_RULES, MEDIA_TYPES } from "@wecom-push/protocol"
import type { MediaType, UploadPart } from "@wecom-push/protocol"
import { z } from "zod"
import { errorOfFault, errorsOfIssues, refuse, unknownField } from "../../../accept/issues.ts"
import { toPointer } from "../../../accept/pointer.ts"
import { bodyTooLarge } from "../../../problems/body-too-large.ts"
import { Problem } from "../../../problems/problem.ts"
import type { ProblemError } from "../../../problems/problem.ts"
import { formatRfc3339 } from "../../../accept/rfc3339.ts"
import { coversApps } from "../../../model/ports/covers-apps.ts"
import type { KeyRecord } from "../../../model/ports/keys.ts"
import type { Medium } from "../../../model/ports/media.ts"
import type { AppScope } from "../../../model/ports/reader.ts"
import { FORM_LIMITS, readForm } from "../../../files/read-form.ts"
import type { Form, FormFile } from "../../../files/read-form.ts"
import { isOf, takeIn } from "../../../files/take-in.ts"
import { keyOf } from "../../kit/authenticate.ts"
import type { HttpDeps } from "../../kit/deps.ts"
import { linkNext } from "../link-next.ts"
import { requireRights } from "../../kit/key-rights.ts"
import { DEFAULT_PAGE_LIMIT, noQuery, pageOf, pageQuery, time } from "../schemas.ts"
import { problems } from "../../kit/problem-document.ts"
import { viewOfPage } from "../views.ts"
import type { App } from "../../kit/app.ts"

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
    .describe("Only messages of this app may use the file. Default: all apps of the key."),
}

/** The form as `/openapi.json` shows it; the real one is read piece by piece, and checked while it arrives. */
export const mediaForm = z.strictObject({
  file: z.string().meta({ format: "binary" }).describe("With a file name, which the recipients see."),
  ...formFields,
})

const mediumView = z
  .object({
    id: z.string().describe("`med_…`; the same for the same file of one client. Use it as `media_id` in messages."),
    type: z.enum(MEDIA_TYPES),
    filename: z.string(),
    bytes: z.int(),
    sha256: z.string(),
    created_at: time,
  })
  .meta({ id: "Medium" })

const heldMediumView = mediumView
  .extend({
    posted_at: time.describe("When the file was last uploaded."),
    key_id: z
      .string()
      .nullable()
      .describe("Id of the key that first uploaded the file; null if an earlier version did not record it."),
    apps: z.union([z.literal("all"), z.array(z.string())]).describe("The apps whose messages may use the file."),
  })
  .meta({ id: "HeldMedium" })

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
        summary: "Upload a file for messages",
        description:
          "When it answers, the file is on the disk. It is uploaded to WeCom when a message first needs it. WeCom keeps files for three days; the gateway keeps them while a message names them, and for the retention time after the last upload. The same file from the same client gives the same id, with 200 instead of 201; uploads of other clients do not show. 429 `share_used`: the key or its app has used its share of the storage. 503 `files_full`: there is no room for any file.",
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
        const place = { store: media, room: deps.files }
        const taken = await takeIn(place, file, type, { path: "file", key, apps, at: deps.now() })
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
      url: "/v1/media",
      config: { scopes: ["admin"] },
      schema: {
        operationId: "listMedia",
        tags: ["media"],
        summary: "List stored files, newest upload first",
        description: "Only files whose apps all belong to the key.",
        querystring: z.strictObject({
          key_id: z.string().max(100).optional().describe("Only files that were first uploaded with this key."),
          ...pageQuery,
        }),
        response: { 200: pageOf(heldMediumView), ...problems },
      },
      handler: async (request, reply) => {
        const { key_id: keyId, limit = DEFAULT_PAGE_LIMIT, cursor } = request.query
        const { apps } = keyOf(request)
        const page = await media.list({
          apps,
          limit,
          ...(keyId === undefined ? {} : { keyId }),
          ...(cursor === undefined ? {} : { cursor }),
        })
        const view = viewOfPage(page, (item) => ({
          ...viewOf(item),
          posted_at: formatRfc3339(item.postedAt),
          key_id: item.keyId ?? null,
          apps: item.apps === "all" ? ("all" as const) : [...item.apps],
        }))
        linkNext(request, reply, view)
        return view
      },
    })

    app.route({
      method: "DELETE",
      url: "/v1/media/:id",
      config: { scopes: ["send", "admin"] },
      schema: {
        operationId: "deleteMedia",
        tags: ["media"],
        summary: "Delete a stored file",
        description:
          "A key may delete files that its client has uploaded, and with scope `admin` files that only apps of the key may use. 409 `media_in_use` while an unfinished message names the file. A finished message that names it and is retried later fails with `media_missing`.",
        params: z.object({ id: z.string() }),
        querystring: noQuery,
        response: { 204: z.null(), ...problems },
      },
      handler: async (request, reply) => {
        const key = keyOf(request)
        const medium = await media.get(request.params.id)
        if (medium === undefined) throw unknownMedium()
        const { id, apps } = medium
        if (!isOf(key.client, medium)) {
          const [seen] = await media.find([id], key.apps)
          if (seen === undefined) throw unknownMedium()
          requireRights(request, key.scopes.includes("admin") && coversApps(key.apps, apps), deps, notOwn())
        }
        const deleted = await media.delete(id)
        if (deleted === "unknown") throw unknownMedium()
        if (deleted === "in_use") throw new Problem("media_in_use")
        await deps.audit.write({
          key,
          peer: request.socket.remoteAddress,
          action: "media.deleted",
          target: id,
          apps,
          detail: { bytes: medium.sizeBytes, key_id: medium.keyId ?? null },
        })
        return reply.code(204).send(null)
      },
    })

    app.route({
      method: "GET",
      url: "/v1/media/:id",
      config: { scopes: ["send", "read"] },
      schema: {
        operationId: "getMedia",
        tags: ["media"],
        summary: "One stored file",
        params: z.object({ id: z.string() }),
        querystring: noQuery,
        response: { 200: mediumView, ...problems },
      },
      handler: async (request) => {
        const [medium] = await media.find([request.params.id], keyOf(request).apps)
        if (medium !== undefined) return viewOf(medium)
        throw unknownMedium()
      },
    })
  }
}

function unknownMedium(): Problem {
  return new Problem("not_found", {
    detail: { en: "This key can see no file with this id.", zh: "密钥范围内没有此 id 的文件。" },
  })
}

function notOwn(): Problem {
  return new Problem("beyond_reach", {
    detail: {
      en: "The file came with another key; an admin key that holds all apps that may name it can delete it.",
      zh: "该文件由其他密钥上传，只有包含其全部应用的管理密钥可以删除。",
    },
  })
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

/** @throws {Problem} with all faults of the form except those inside the file */
function checked({ fields, file, others }: Form): { file: FormFile; type: MediaType; app: string | undefined } {
  const parsed = checkedFields.safeParse(Object.fromEntries(fields), { reportInput: true })
  // If a file exceeded every limit, the parts after it were not read.
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
