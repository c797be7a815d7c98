import type { FastifyReply, FastifyRequest } from "fastify"

/** Gives the next page as a `Link` header too, for clients that use it. */
export function linkNext(
  request: FastifyRequest,
  reply: FastifyReply,
  page: { readonly next_cursor: string | null },
): void {
  if (page.next_cursor === null) return
  const [path = "", query = ""] = request.url.split("?", 2)
  const parameters = new URLSearchParams(query)
  parameters.set("cursor", page.next_cursor)
  reply.header("link", `<${path}?${parameters.toString()}>; rel="next"`)
}
