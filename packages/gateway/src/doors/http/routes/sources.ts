import { describeFault } from "@wecom-push/protocol"
import { z } from "zod"
import { readAudience } from "../../../accept/audience.ts"
import { refuse } from "../../../accept/issues.ts"
import { isOfGroup, prepareMessage } from "../../../accept/prepare.ts"
import {
  liquidFault,
  madeContent,
  readTemplate,
  templateFaults,
  templateOf,
} from "../../../accept/templates/read-template.ts"
import { newId } from "../../../accept/new-id.ts"
import { formatRfc3339 } from "../../../accept/rfc3339.ts"
import { ADAPTER_NAMES, SIGNED_ADAPTERS } from "../../../model/adapter-names.ts"
import type { AdapterName } from "../../../model/adapter-names.ts"
import { PRIORITIES } from "../../../model/message.ts"
import { coversApps } from "../../../model/ports/covers-apps.ts"
import type { KeyRecord } from "../../../model/ports/keys.ts"
import type { SourceChange, SourceRecord } from "../../../model/ports/sources.ts"
import { SOURCE_ID } from "../../../model/source-id.ts"
import { Problem } from "../../../problems/problem.ts"
import type { ProblemError } from "../../../problems/problem.ts"
import type { App } from "../../kit/app.ts"
import { keyOf } from "../../kit/authenticate.ts"
import { LIST_BODY_BYTES } from "../../kit/body-limits.ts"
import type { HttpDeps } from "../../kit/deps.ts"
import { issueSourceToken } from "../../kit/new-source-token.ts"
import { languageOf } from "../../kit/language.ts"
import { problems } from "../../kit/problem-document.ts"
import { isWithin, requireRights } from "../../kit/key-rights.ts"
import { changeHeaders, entityTag, expectedBy } from "../entity-tags.ts"
import { appName, audience, noQuery, time } from "../schemas.ts"

const params = z.object({ id: z.string() })

const name = z.string().trim().min(1).max(100)
const priority = z.enum(PRIORITIES).describe("For messages that do not set their own. Default `normal`.")
const signingSecret = z
  .string()
  .min(8)
  .max(256)
  .nullable()
  .describe("The secret with which the other program signs its requests. Stored encrypted, and never shown.")
const to = audience
const template = z
  .union([z.string().min(1), z.record(z.string(), z.unknown())])
  .describe(
    "Required for the adapter `json`: a text, or the content of a message, optionally with `priority`. Each text in it is a Liquid template that may use the fields of the request body; `body` is the whole body. At most 16 KiB.",
  )

const sourceRequest = z.strictObject({
  name,
  adapter: z.enum(ADAPTER_NAMES).describe("The protocol that the other program uses."),
  app: appName,
  to,
  priority: priority.optional(),
  template: template.optional(),
  signing_secret: signingSecret.optional(),
})

const previewRequest = z.strictObject({
  template,
  body: z.unknown().describe("Any JSON that the other program would send."),
})

const preview = z
  .object({
    message: z
      .looseObject({})
      .nullable()
      .describe(
        "The content that would be sent, without recipients; null if the text comes out blank, in which case nothing is sent.",
      ),
    warnings: z.array(z.string()).describe("What WeCom would cut or ignore, and why a body is sent as text."),
  })
  .meta({ id: "Preview" })

const sourceChange = z.strictObject({
  name: name.optional(),
  app: appName.optional(),
  to: to.optional(),
  priority: priority.optional(),
  template: template.optional(),
  signing_secret: signingSecret.optional(),
})

const sourceView = z
  .object({
    id: z.string(),
    name: z.string(),
    adapter: z.enum(ADAPTER_NAMES),
    app: z.string(),
    to: z.looseObject({}),
    priority,
    template: z.looseObject({}).nullable().describe("Null unless the adapter is `json`."),
    is_signed: z.boolean().describe("Whether the source has a signing secret."),
    prefix: z.string().describe("The first 8 characters of its token, to tell sources apart."),
    old_token_until: time.nullable().describe("When the previous token ends."),
    created_at: time,
    last_used_at: time.nullable().describe("Accurate to about a minute; null before its first request."),
    url: z.string().describe("The server address to enter in the other program."),
  })
  .meta({ id: "Source" })

const issuedSource = sourceView
  .extend({ token: z.string().describe("The token itself. It is shown this once and not kept.") })
  .meta({ id: "IssuedSource" })

const MAX_OVERLAP_SECONDS = 7 * 24 * 3600

/** Doors for other programs. An administrator makes, lists, changes and removes them, and gives them new tokens. */
export function sourceRoutes(app: App, deps: HttpDeps): void {
  const { stores, audit, now, sourceRing } = deps

  app.route({
    method: "POST",
    url: "/v1/sources",
    bodyLimit: LIST_BODY_BYTES,
    config: { scopes: ["admin"] },
    schema: {
      operationId: "createSource",
      tags: ["administration"],
      summary: "Create a source",
      description:
        "An address below `/in` with its own token, which can send only to its own recipients. Its app and recipients must lie within those of the requesting key; otherwise 403.",
      querystring: noQuery,
      body: sourceRequest,
      response: { 201: issuedSource, ...problems },
    },
    handler: async (request, reply) => {
      const { name: wanted, adapter, app: appOfSource, priority: given = "normal" } = request.body
      const { signing_secret: secret } = request.body
      const maker = requireRights(request, isWithinKey(request.body, keyOf(request)), deps)
      await refuseUnfit({ app: appOfSource, to: request.body.to }, deps)
      refuseUnsigned(adapter, secret)
      const kept = await fitTemplate(adapter, request.body.template, deps)
      const { token, prefix, hash } = issueSourceToken()
      const source = {
        id: newId(SOURCE_ID),
        name: wanted,
        adapter,
        app: appOfSource,
        to: request.body.to,
        priority: given,
        template: kept,
        prefix,
        hash,
        signingSecret: secret ?? undefined,
        createdAt: now(),
      }
      await stores.sources.add(source)
      await audit.write({
        key: maker,
        peer: request.socket.remoteAddress,
        action: "source.created",
        target: source.id,
        apps: [source.app],
        detail: { name: wanted, adapter },
      })
      const { signingSecret: sealed, ...told } = source
      const record = {
        ...told,
        old: undefined,
        hasSigningSecret: sealed !== undefined,
        lastUsedAt: undefined,
        version: 1,
      }
      return reply
        .code(201)
        .header("location", `/v1/sources/${source.id}`)
        .header("etag", entityTag(record))
        .send({ ...viewOfSource(record, request.headers), token })
    },
  })

  app.route({
    method: "POST",
    url: "/v1/sources/preview",
    bodyLimit: LIST_BODY_BYTES,
    config: { scopes: ["admin"] },
    schema: {
      operationId: "previewTemplate",
      tags: ["administration"],
      summary: "What a template makes of a request body",
      description:
        "Nothing is sent or stored. For an existing source, add `?dry_run=true` to its address to see the same for the requests of the other program.",
      querystring: noQuery,
      body: previewRequest,
      response: { 200: preview, ...problems },
    },
    handler: async (request) => {
      const wanted = await fitTemplate("json", request.body.template, deps)
      const language = languageOf(request.headers["accept-language"])
      const sample = JSON.stringify(request.body.body ?? null)
      const made = madeContent(await deps.templates.render(wanted ?? "", sample))
      const content = "en" in made ? { msgtype: "text", text: { content: sample } } : made.content
      if (!("en" in made) && made.isBlank) return { message: null, warnings: [] }
      const given = "en" in made ? undefined : made.priority
      const message = { ...content, ...(given === undefined ? {} : { priority: given }) }
      const checked = { ...message, to: SOMEONE, strict: false, overflow: "truncate" }
      const { warnings } = await prepareMessage(checked, { now: now(), idempotencyKey: undefined, inBatch: false })
      const cut = warnings.map((fault) => describeFault(fault, language))
      return { message, warnings: "en" in made ? [made[language], ...cut] : cut }
    },
  })

  app.route({
    method: "GET",
    url: "/v1/sources",
    config: { scopes: ["admin"] },
    schema: {
      operationId: "listSources",
      tags: ["administration"],
      summary: "The sources whose app the requesting key holds, oldest first",
      querystring: noQuery,
      response: { 200: z.object({ items: z.array(sourceView) }), ...problems },
    },
    handler: async (request) => {
      const { apps } = keyOf(request)
      const held = (await stores.sources.list()).filter((one) => coversApps(apps, [one.app]))
      return { items: held.map((one) => viewOfSource(one, request.headers)) }
    },
  })

  app.route({
    method: "GET",
    url: "/v1/sources/:id",
    config: { scopes: ["admin"] },
    schema: {
      operationId: "getSource",
      tags: ["administration"],
      summary: "One source",
      description: "With an `ETag`, to be used as `If-Match` in a change.",
      params,
      querystring: noQuery,
      response: { 200: sourceView, ...problems },
    },
    handler: async (request, reply) => {
      const found = await heldSource(request.params.id, keyOf(request), deps)
      reply.header("etag", entityTag(found))
      return viewOfSource(found, request.headers)
    },
  })

  app.route({
    method: "PATCH",
    url: "/v1/sources/:id",
    bodyLimit: LIST_BODY_BYTES,
    config: { scopes: ["admin"] },
    schema: {
      operationId: "changeSource",
      tags: ["administration"],
      summary: "Change a source",
      description: "Fields that are left out stay as they are; null removes the signing secret.",
      params,
      querystring: noQuery,
      headers: changeHeaders,
      body: sourceChange,
      response: { 200: sourceView, ...problems },
    },
    handler: async (request, reply) => {
      const before = await heldSource(request.params.id, keyOf(request), deps)
      const { signing_secret: secret, to: toGiven, app: appGiven, template: wanted, ...others } = request.body
      const after = { app: appGiven ?? before.app, to: toGiven ?? before.to }
      const key = requireRights(
        request,
        isWithinKey(before, keyOf(request)) && isWithinKey(after, keyOf(request)),
        deps,
      )
      await refuseUnfit(after, deps)
      refuseUnsigned(before.adapter, secret)
      const kept = wanted === undefined ? undefined : await fitTemplate(before.adapter, wanted, deps)
      const change = definedIn({ ...others, app: appGiven, to: toGiven, template: kept, signingSecret: secret })
      const changed = await stores.sources.change(before.id, change, expectedBy(request.headers))
      if (changed === "unknown") throw unknownSource()
      if (changed === "stale") throw new Problem("changed_meanwhile")
      sourceRing.forget(before.id)
      await audit.write({
        key,
        peer: request.socket.remoteAddress,
        action: "source.changed",
        target: before.id,
        apps: [...new Set([before.app, changed.app])],
        detail: { fields: Object.keys(request.body) },
      })
      reply.header("etag", entityTag(changed))
      return viewOfSource(changed, request.headers)
    },
  })

  app.route({
    method: "POST",
    url: "/v1/sources/:id/rotate",
    config: { scopes: ["admin"] },
    schema: {
      operationId: "rotateSource",
      tags: ["administration"],
      summary: "Give a source another token",
      description: "The old token ends at once, on all gateways within a second, or after `old_token_s` seconds.",
      params,
      querystring: noQuery,
      headers: changeHeaders,
      body: z
        .strictObject({
          old_token_s: z
            .int()
            .min(0)
            .max(MAX_OVERLAP_SECONDS)
            .optional()
            .describe("For how many seconds the old token stays valid. Default 0."),
        })
        .nullish(),
      response: { 201: issuedSource, ...problems },
    },
    handler: async (request, reply) => {
      const before = await heldSource(request.params.id, keyOf(request), deps)
      const key = requireRights(request, isWithinKey(before, keyOf(request)), deps)
      const { token, prefix, hash } = issueSourceToken()
      const oldUntil = now() + (request.body?.old_token_s ?? 0) * 1000
      const expected = expectedBy(request.headers)
      const rotated = await stores.sources.rotate(before.id, { prefix, hash }, oldUntil, expected)
      if (rotated === "unknown") throw unknownSource()
      if (rotated === "stale") throw new Problem("changed_meanwhile")
      sourceRing.forget(before.id)
      const { socket } = request
      const apps = [rotated.app]
      await audit.write({ key, peer: socket.remoteAddress, action: "source.rotated", target: before.id, apps })
      return reply
        .code(201)
        .header("location", `/v1/sources/${before.id}`)
        .header("etag", entityTag(rotated))
        .send({ ...viewOfSource(rotated, request.headers), token })
    },
  })

  app.route({
    method: "DELETE",
    url: "/v1/sources/:id",
    config: { scopes: ["admin"] },
    schema: {
      operationId: "removeSource",
      tags: ["administration"],
      summary: "Remove a source and end its token",
      description: "Messages that it has sent are not affected. All gateways refuse its token within a second.",
      params,
      querystring: noQuery,
      headers: changeHeaders,
      response: { 204: z.null(), ...problems },
    },
    handler: async (request, reply) => {
      const found = await heldSource(request.params.id, keyOf(request), deps)
      const key = requireRights(request, isWithinKey(found, keyOf(request)), deps)
      const removed = await stores.sources.remove(found.id, expectedBy(request.headers))
      if (removed === "unknown") throw unknownSource()
      if (removed === "stale") throw new Problem("changed_meanwhile")
      sourceRing.forget(found.id)
      const { socket } = request
      const apps = [found.app]
      await audit.write({ key, peer: socket.remoteAddress, action: "source.deleted", target: found.id, apps })
      return reply.code(204).send(null)
    },
  })
}

type Reached = Pick<SourceRecord, "app" | "to">

/** An administrator may let others reach only those whom its own key may reach. */
function isWithinKey({ app, to }: Reached, key: KeyRecord): boolean {
  const scopes = to["all"] === true ? (["send", "send_all"] as const) : (["send"] as const)
  const counted = ["users", "mobiles", "emails"].reduce((sum, list) => sum + lengthOf(to[list]), 0)
  const isCountable = to["all"] !== true && ["departments", "tags", "chats"].every((list) => lengthOf(to[list]) === 0)
  const cap = isCountable ? counted : Infinity
  return isWithin({ apps: [app], scopes, forward: [], audienceCap: cap }, key)
}

function lengthOf(list: unknown): number {
  return Array.isArray(list) ? list.length : 0
}

/** @throws {Problem} `invalid_value` for an app that does not exist, or an invalid audience */
async function refuseUnfit({ app, to }: Reached, { apps, now }: HttpDeps): Promise<void> {
  const names = await apps.names()
  const kind = await apps.callKind(app)
  const toGroup = kind !== undefined && isOfGroup(kind)
  const errors: ProblemError[] = toGroup ? audienceOfGroup(to) : [...(await readAudience(to, now())).errors]
  if (!names.has(app)) {
    const detail = { en: `There is no app ${app}; register it first.`, zh: `没有应用 ${app}，请先登记。` }
    errors.push({ path: "/app", code: "not_allowed", detail })
  }
  if (errors.length > 0) throw refuse(errors)
}

/** The faults of an audience for an app that sends to a group of its own. */
function audienceOfGroup(to: Reached["to"]): ProblemError[] {
  if (Object.keys(to).length === 0) return []
  const detail = {
    en: "The app is a group robot, which sends to its own group; give {} as to.",
    zh: "该应用是群机器人，只发送到它所在的群；to 请填写 {}。",
  }
  return [{ path: "/to", code: "not_supported", detail }]
}

/** @throws {Problem} `invalid_value` for a secret that no request would be checked with */
function refuseUnsigned(adapter: AdapterName, secret: string | null | undefined): void {
  if (secret === undefined || secret === null || SIGNED_ADAPTERS.has(adapter)) return
  const signed = [...SIGNED_ADAPTERS].join(", ")
  const detail = {
    en: `Programs of adapter ${adapter} sign nothing; leave signing_secret out. Those that do: ${signed}.`,
    zh: `适配器 ${adapter} 的程序不签名，请去掉 signing_secret。会签名的有：${signed}。`,
  }
  throw refuse([{ path: "/signing_secret", code: "not_allowed", detail }])
}

/** A preview has no recipients of its own, but a message needs one to be checked. */
const SOMEONE = { users: ["preview"] }

/**
 * @returns the template as it is stored
 * @throws {Problem} `invalid_value` for a template that cannot be rendered, or that the adapter does not use
 */
async function fitTemplate(
  adapter: AdapterName,
  given: z.output<typeof template> | undefined,
  { templates }: HttpDeps,
): Promise<string | undefined> {
  if (adapter !== "json") {
    if (given === undefined) return undefined
    const detail = {
      en: `Adapter ${adapter} knows what its programs send; leave template out. A template is for adapter json.`,
      zh: `适配器 ${adapter} 自己能读懂其程序的请求，请去掉 template；模板只用于适配器 json。`,
    }
    throw refuse([{ path: "/template", code: "not_allowed", detail }])
  }
  if (given === undefined) {
    const detail = {
      en: 'Adapter json needs a template, as in "{{ title }}: {{ text }}".',
      zh: "适配器 json 需要 template，例如 “{{ title }}：{{ text }}”。",
    }
    throw refuse([{ path: "/template", code: "required", detail }])
  }
  const wanted = templateOf(given)
  const faults = templateFaults(wanted)
  if (faults.length > 0) throw refuse(faults)
  const found = await templates.check(wanted)
  if (found.length > 0) throw refuse(found.map(({ path, what }) => liquidFault(path, what)))
  return JSON.stringify(wanted)
}

/** A source of an app that the key does not hold does not exist for the key. @throws {Problem} `not_found` */
async function heldSource(id: string, { apps }: KeyRecord, { stores }: HttpDeps): Promise<SourceRecord> {
  const source = await stores.sources.get(id)
  if (source === undefined || !coversApps(apps, [source.app])) throw unknownSource()
  return source
}

function unknownSource(): Problem {
  return new Problem("not_found", {
    detail: {
      en: "No source has this id, or it is of an app that your key does not hold.",
      zh: "没有此 id 的来源，或其应用不在当前密钥的范围内。",
    },
  })
}

function definedIn(change: { readonly [Name in keyof SourceChange]: SourceChange[Name] | undefined }): SourceChange {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is undefined is left out, and nothing else changed
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as SourceChange
}

interface Asked {
  readonly host?: string | undefined
  readonly "x-forwarded-proto"?: string | string[] | undefined
}

function viewOfSource(source: SourceRecord, headers: Asked): z.output<typeof sourceView> {
  const { id, name: shown, adapter, app, to: audienceOfSource, priority: given, prefix } = source
  return {
    id,
    name: shown,
    adapter,
    app,
    to: { ...audienceOfSource },
    priority: given,
    template: source.template === undefined ? null : { ...readTemplate(source.template) },
    is_signed: source.hasSigningSecret,
    prefix,
    old_token_until: source.old === undefined ? null : formatRfc3339(source.old.until),
    created_at: formatRfc3339(source.createdAt),
    last_used_at: source.lastUsedAt === undefined ? null : formatRfc3339(source.lastUsedAt),
    url: baseOf(adapter, headers),
  }
}

/** The address uses the host name of this request; a proxy in front says whether it ends TLS. */
function baseOf(adapter: AdapterName, { host = "localhost", "x-forwarded-proto": proto }: Asked): string {
  const scheme = [proto].flat()[0] === "https" ? "https" : "http"
  return `${scheme}://${host}/in/${adapter}`
}
