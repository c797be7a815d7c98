import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import type { World } from "../world.ts"
import { fileAnswer } from "./file-answer.ts"
import type { MediaFile } from "./media-library.ts"
import { PICTURES_PATH } from "./upload.ts"

/** Serves media without a token, for the phones: whatever their age, and pictures and videos inline and not as downloads. */
export function mediaRoutes(server: FastifyInstance, world: World): void {
  server.get<{ Params: { id: string } }>("/_sim/media/:id", (request, reply) =>
    show(request, reply, world.media.shown(request.params.id)),
  )
  server.get<{ Params: { name: string } }>(`${PICTURES_PATH}:name`, (request, reply) =>
    show(request, reply, world.media.picture(request.params.name)),
  )
}

function show(request: FastifyRequest, reply: FastifyReply, file: MediaFile | undefined): FastifyReply {
  if (file === undefined) return reply.code(404).header("error-msg", FORGOTTEN).send()
  const answer = fileAnswer(file, request.headers.range)
  if (answer === undefined) {
    const contentRange = `bytes */${file.bytes.length}`
    return reply
      .code(416)
      .header("content-range", contentRange)
      .header("error-msg", "ask for a part that there is")
      .send()
  }
  const isShowable = SHOWABLE.test(answer.headers["content-type"] ?? "")
  return reply
    .code(answer.status)
    .headers({ ...answer.headers, ...(isShowable ? { "content-disposition": "inline" } : {}) })
    .headers({ "x-content-type-options": "nosniff", "content-security-policy": "default-src 'none'; sandbox" })
    .send(answer.body)
}

/** One line of Latin letters, because a header allows no more. */
const FORGOTTEN =
  "no file with this id: it was never uploaded here, or is forgotten (reset, or over 512 MB of newer ones); upload it again"

/** The type is found from the bytes, so nothing that could run in a page is among these. */
const SHOWABLE = /^(?:image|video)\//
