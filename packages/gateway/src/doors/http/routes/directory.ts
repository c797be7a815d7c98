import { mobileByLength } from "@wecom-push/sdk/internals"
import { z } from "zod"
import { formatRfc3339 } from "../../../accept/rfc3339.ts"
import { Problem } from "../../../problems/problem.ts"
import { wecomFailed } from "../../../problems/wecom-failed.ts"
import type {
  DirectoryReply,
  DirectorySeen,
  LookAt,
  NotSupported,
  ReadReply,
  TagReply,
} from "../../../model/ports/dispatcher.ts"
import { fromCursor, toCursor } from "../../../model/ports/page-cursor.ts"
import { keyOf, requireValid } from "../../kit/authenticate.ts"
import type { App } from "../../kit/app.ts"
import type { HttpDeps } from "../../kit/deps.ts"
import { problems } from "../../kit/problem-document.ts"
import { linkNext } from "../link-next.ts"
import { DEFAULT_PAGE_LIMIT, pageOf, pageQuery, wholeNumber } from "../schemas.ts"

const params = z.object({ name: z.string().max(64) })

const fresh = z
  .enum(["true", "false"])
  .transform((word) => word === "true")
  .optional()
  .meta({ type: "boolean", enum: undefined, description: "Reads everything from WeCom again." })

/** The progress of the reading, besides the data that has been read. */
const directory = z
  .object({
    state: z.enum(["read", "reading", "failed"]),
    departments_read: z.int().nullable(),
    departments: z.int().nullable(),
    read_at: z.string().nullable(),
  })
  .meta({
    id: "Directory",
    description:
      "`reading`: the gateway is reading from WeCom, one call for each department, and `items` are from the last reading. `failed`: the last reading failed, and `items` are older than a day.",
  })

const department = z.object({
  id: z.int(),
  name: z.string().nullable(),
  parent_id: z.int().describe("0 means the root department."),
  order: z.number(),
})
const member = z.object({ userid: z.string(), name: z.string().nullable(), departments: z.array(z.int()) })
const tag = z.object({ id: z.int(), name: z.string() })
const tagged = z.object({ userid: z.string(), name: z.string().nullable() })

const A_NUMBER = { en: "a whole number", zh: "整数" }

const tagParams = params.extend({
  id: wholeNumber(10, A_NUMBER).meta({ type: "integer", pattern: undefined }),
})

const searching = z.strictObject({
  q: z
    .string()
    .trim()
    .min(1)
    .max(64)
    .optional()
    .describe("A part of a name or userid, in upper or lower case, or a whole mobile number."),
  department: wholeNumber(10, A_NUMBER)
    .optional()
    .meta({ type: "integer", pattern: undefined, description: "Only direct members of this department." }),
  fresh,
  ...pageQuery,
})

/** Departments, members and tags that an app sees. They are read from WeCom and kept for a day. */
export function directoryRoutes(app: App, deps: HttpDeps): void {
  app.route({
    method: "GET",
    url: "/v1/apps/:name/departments",
    config: { scopes: ["contacts"] },
    schema: {
      operationId: "listDepartments",
      tags: ["people"],
      summary: "The departments that an app sees",
      description: ABOUT,
      params,
      querystring: z.strictObject({ fresh }),
      response: { 200: z.object({ items: z.array(department), directory }), ...problems },
    },
    handler: async (request) => {
      const reply = await look(request.params.name, request, deps)
      const items = (reply.seen?.departments ?? []).map(({ id, name, parentId, order }) => ({
        id,
        name: name ?? null,
        parent_id: parentId,
        order,
      }))
      return { items, directory: viewOf(reply) }
    },
  })

  app.route({
    method: "GET",
    url: "/v1/apps/:name/members",
    config: { scopes: ["contacts"] },
    schema: {
      operationId: "listMembers",
      tags: ["people"],
      summary: "The members that an app sees, by userid",
      description: ABOUT,
      params,
      querystring: searching,
      response: { 200: pageOf(member).extend({ directory }), ...problems },
    },
    handler: async (request, reply) => {
      const { q, department: of } = request.query
      const found = await look(request.params.name, request, deps)
      const members = found.seen?.members ?? []
      const owner = q === undefined ? undefined : await ownerOf(q, request.params.name, keyOf(request).id, deps)
      const all = members.filter(
        (one) =>
          (of === undefined || one.departments.includes(of)) &&
          (q === undefined || matches(one, q) || one.userid.toLowerCase() === owner?.toLowerCase()),
      )
      // WeCom finds this member by the number, but the list may not contain the member yet.
      const isListed = owner === undefined || members.some(({ userid }) => userid.toLowerCase() === owner.toLowerCase())
      const items = isListed || of !== undefined ? all : [...all, { userid: owner, departments: [] }]
      const { page, next_cursor } = pageIn(items, request.query)
      const view = {
        items: page.map(({ userid, name, departments }) => ({
          userid,
          name: name ?? null,
          departments: [...departments],
        })),
        next_cursor,
        directory: viewOf(found),
      }
      linkNext(request, reply, view)
      return view
    },
  })

  app.route({
    method: "GET",
    url: "/v1/apps/:name/tags",
    config: { scopes: ["contacts"] },
    schema: {
      operationId: "listTags",
      tags: ["people"],
      summary: "The tags that an app sees",
      description: ABOUT,
      params,
      querystring: z.strictObject({ fresh }),
      response: { 200: z.object({ items: z.array(tag), directory }), ...problems },
    },
    handler: async (request) => {
      const reply = await look(request.params.name, request, deps)
      return { items: (reply.seen?.tags ?? []).map(({ id, name }) => ({ id, name })), directory: viewOf(reply) }
    },
  })

  app.route({
    method: "GET",
    url: "/v1/apps/:name/tags/:id",
    config: { scopes: ["contacts"] },
    schema: {
      operationId: "getTag",
      tags: ["people"],
      summary: "Who has a tag, by userid",
      description: ABOUT_TAG,
      params: tagParams,
      querystring: z.strictObject({ fresh, ...pageQuery }),
      response: {
        200: pageOf(tagged).extend({
          id: z.int(),
          name: z.string().nullable().describe("`null` during the first reading."),
          departments: z.array(z.int()).describe("Departments that carry the tag as a whole."),
          directory,
        }),
        ...problems,
      },
    },
    handler: async (request, reply) => {
      const { name, id } = request.params
      const found = await lookAtTag(name, id, request, deps)
      const { page, next_cursor } = pageIn(found.seen?.members ?? [], request.query)
      const view = {
        id,
        name: found.seen?.name ?? null,
        departments: [...(found.seen?.departments ?? [])],
        items: page.map(({ userid, name: called }) => ({ userid, name: called ?? null })),
        next_cursor,
        directory: standingOf(found),
      }
      linkNext(request, reply, view)
      return view
    },
  })
}

const ABOUT =
  "The first request reads it from WeCom, and the gateway keeps it for a day. WeCom does not show mobiles and emails to apps. A reading takes one call for each department; after 5 s the response shows the progress."

const ABOUT_TAG =
  "Limited to what the app sees. The first request reads it from WeCom with one call, and the gateway keeps it for a day. After 5 s the response has what is known, and `directory.state` is `reading`."

interface Asking {
  readonly query: { readonly fresh?: boolean | undefined }
  readonly key: Parameters<typeof keyOf>[0]["key"]
}

/** @throws {Problem} `not_found`, `not_supported`; `wecom_failed` if there is no earlier reading */
async function look(name: string, asking: Asking, deps: HttpDeps): Promise<Told<DirectoryReply>> {
  return told(await held(name, asking, deps, (app, how) => deps.dispatcher.directory(app, how)))
}

/** @throws {Problem} as `look`; `not_found` for a tag that does not exist, or that the app does not see */
async function lookAtTag(name: string, id: number, asking: Asking, deps: HttpDeps): Promise<Told<TagReply>> {
  const reply = await held(name, asking, deps, (app, how) => deps.dispatcher.tag(app, id, how))
  if (reply.kind !== "unknown") return told(reply)
  throw new Problem("not_found", {
    detail: { en: `The app sees no tag ${id}.`, zh: `应用看不到标签 ${id}。` },
  })
}

async function held<Reply>(
  name: string,
  asking: Asking,
  deps: HttpDeps,
  ask: (app: string, how: LookAt) => Promise<Reply>,
): Promise<Reply> {
  const key = keyOf(asking)
  const app = await deps.apps.heldApp(key, name, { path: "name" })
  const reply = await ask(app, { fresh: asking.query.fresh === true, waitMs: LONGEST_WAIT_MS })
  await requireValid(key, deps)
  return reply
}

const LONGEST_WAIT_MS = 5000

type Told<Reply> = Extract<Reply, { readonly seen: unknown }>

function told<Seen, Progress>(reply: ReadReply<Seen, Progress> | NotSupported): ReadReply<Seen, Progress> {
  if (reply.kind === "not_supported") throw new Problem("not_supported")
  if (reply.kind !== "failed" || reply.seen !== undefined) return reply
  throw wecomFailed(reply.failure)
}

function viewOf(reply: Told<DirectoryReply>): z.output<typeof directory> {
  const isReading = reply.kind === "reading"
  return standingOf(reply, {
    departments_read: isReading ? reply.progress.departmentsRead : null,
    departments: (isReading ? reply.progress.departments : reply.seen?.departments.length) ?? null,
  })
}

function standingOf({ kind, seen }: Told<DirectoryReply | TagReply>, departments = NO_DEPARTMENTS) {
  return { state: kind, ...departments, read_at: seen === undefined ? null : formatRfc3339(seen.readAt) }
}

const NO_DEPARTMENTS: Pick<z.output<typeof directory>, "departments_read" | "departments"> = {
  departments_read: null,
  departments: null,
}

interface Paging {
  readonly limit?: number | undefined
  readonly cursor?: string | undefined
}

function pageIn<T>(items: readonly T[], { limit = DEFAULT_PAGE_LIMIT, cursor }: Paging) {
  const start = cursor === undefined ? 0 : (fromCursor(cursor)?.[1] ?? 0)
  const end = start + limit
  return { page: items.slice(start, end), next_cursor: end < items.length ? toCursor(0, end) : null }
}

function matches({ userid, name = "" }: DirectorySeen["members"][number], q: string): boolean {
  const wanted = q.toLowerCase()
  return userid.toLowerCase().includes(wanted) || name.toLowerCase().includes(wanted)
}

/** The userid of a mobile, from what is remembered or within the budget for numbers that no member has. */
async function ownerOf(q: string, app: string, keyId: string, deps: HttpDeps): Promise<string | undefined> {
  if (!/^\+?\d{7,}$/.test(q) || mobileByLength(q) === undefined) return undefined
  const reply = await deps.dispatcher.lookUp({ app, type: "mobile", address: q, fresh: false, keyId })
  return reply.kind === "found" ? reply.userid : undefined
}
