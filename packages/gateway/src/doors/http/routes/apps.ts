import { byteLength, MAX_TEXT_BYTES, MOBILE_CHECKS } from "@wecom-push/protocol"
import { readRobotKey } from "@wecom-push/sdk/internals"
import { z } from "zod"
import { errorOfFault, refuse } from "../../../accept/issues.ts"
import { Problem } from "../../../problems/problem.ts"
import type { ProblemError } from "../../../problems/problem.ts"
import { formatRfc3339 } from "../../../accept/rfc3339.ts"
import { APP_KINDS } from "../../../model/app-kinds.ts"
import type { AppKind } from "../../../model/app-kinds.ts"
import { partyOfRobot } from "../../../channels/group-robot/party-of-robot.ts"
import { partyOfBot } from "../../../channels/smart-robot/party-of-bot.ts"
import { unpackBot } from "../../../model/bot.ts"
import { isSameParty } from "../../../model/party.ts"
import { differingLimits, usualLimit } from "../../../model/app-limits.ts"
import type { AppChange, AppRecord, LimitsDiffer, NewApp, Settings } from "../../../model/ports/apps.ts"
import type { KeyRecord } from "../../../model/ports/keys.ts"
import { keyOf } from "../../kit/authenticate.ts"
import type { HttpDeps } from "../../kit/deps.ts"
import { changeHeaders, entityTag, expectedBy } from "../entity-tags.ts"
import { coversApps } from "../../../model/ports/covers-apps.ts"
import { requireRights } from "../../kit/key-rights.ts"
import { appName, formed, noQuery, pauseView, time } from "../schemas.ts"
import { viewOfPause } from "../views.ts"
import { problems } from "../../kit/problem-document.ts"
import type { App } from "../../kit/app.ts"

const params = z.object({ name: z.string() })
const IN_PATH = { path: "name" }

const corpId = formed(/^[\w-]{1,64}$/, {
  en: "1 to 64 letters, digits, - and _",
  zh: " 1 到 64 个字母、数字、- 和 _",
}).describe("企业 ID, from the page 我的企业 of the admin console.")
const agentId = z.int().positive().describe("AgentId, from the app's page in the admin console.")
const secret = z
  .string()
  .trim()
  .min(1)
  .max(512)
  .describe("Secret, from the app's page in the admin console. Never shown again.")
const callbackToken = formed(/^[A-Za-z0-9]{1,32}$/, {
  en: "1 to 32 letters and digits",
  zh: " 1 到 32 个字母和数字",
})
const encodingAesKey = formed(/^[A-Za-z0-9]{43}$/, { en: "43 letters and digits", zh: " 43 个字母和数字" })

const limit = z.int().min(1).max(10_000_000).nullable().optional()

const appSettings = z
  .strictObject({
    member_per_minute: limit.describe(
      "How many messages per minute the app sends to one member. Default 30; null for no limit.",
    ),
    member_per_hour: limit.describe("Default 1000; null for no limit."),
    chat_per_minute: limit.describe("How many messages are sent to one group chat. Default 200; null for no limit."),
    concurrent_calls: z
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe("How many calls to WeCom run at the same time. Default 50."),
    account_cap: limit.describe(
      "The corp's maximum number of accounts (账号上限数). The app may then send 200 times as many person-times a day (Beijing time). Further messages wait for the next day, and the last 5 % are reserved for high priority. No daily quota if absent or null.",
    ),
    share_calls: z
      .boolean()
      .optional()
      .describe(
        "Small messages with the same content and priority that are ready at the same time are sent in one call. Such a message cannot be recalled: 409 `shared_call`. Default off.",
      ),
    mobile_check: z
      .enum(MOBILE_CHECKS)
      .optional()
      .describe(
        "Used by messages and look-ups that do not set their own. `strict` (default): a mobile number must follow the rules of its country, or it is `invalid`. `length`: every number of 5 to 32 bytes is looked up in WeCom; numbers that belong to no member use up the corp's `lookup_miss_budget`.",
      ),
    people: appName
      .nullable()
      .optional()
      .describe(
        "For a smart robot: the app of a corp that looks up mobiles and emails for its messages. Without it, messages may name only userids.",
      ),
    welcome_text: z
      .string()
      .min(1)
      .refine((text) => byteLength(text) <= MAX_TEXT_BYTES, {
        params: {
          detail: {
            en: `Longer than ${MAX_TEXT_BYTES} bytes of UTF-8; shorten it.`,
            zh: `超过 ${MAX_TEXT_BYTES} 字节（UTF-8），请缩短。`,
          },
        },
      })
      .nullable()
      .optional()
      .describe(
        "For a smart robot: the text that a member gets on opening the conversation for the first time in a day, at most 2048 bytes. Nothing is sent if absent or null.",
      ),
  })
  .meta({
    id: "AppSettings",
    description:
      "Settings that differ from WeCom's own limits. WeCom counts by agent: if several apps are the same agent of a corp, they share `member_per_minute`, `member_per_hour`, `chat_per_minute`, `concurrent_calls` and `account_cap`, and are counted together.",
  })

const robotKey = z
  .string()
  .trim()
  .min(1)
  .max(1024)
  .describe(
    "Key of the group robot (群机器人), or the whole address that WeCom shows for it; only its key is used. Never shown again.",
  )
const kind = z
  .enum(APP_KINDS)
  .describe(
    "`app`: an app of a corp, with `corp_id`, `agent_id` and `secret`. `robot`: a group robot, with `robot_key`; its messages have no `to`. `bot`: a smart robot (智能机器人) that uses a long connection, with `bot_id` and `secret`; its messages are for `users`.",
  )

const botId = z
  .string()
  .trim()
  .min(1)
  .max(512)
  .describe("Bot ID of the smart robot, from the robot's page in the admin console. Never shown again.")

const newApp = z.strictObject({
  name: appName,
  kind: kind.optional(),
  corp_id: corpId.optional(),
  agent_id: agentId.optional(),
  secret: secret.optional(),
  robot_key: robotKey.optional(),
  bot_id: botId.optional(),
  callback_token: callbackToken.optional(),
  encoding_aes_key: encodingAesKey.optional(),
  settings: appSettings.optional(),
})

const appChange = z.strictObject({
  corp_id: corpId.optional(),
  agent_id: agentId.optional(),
  secret: secret.optional(),
  robot_key: robotKey.optional(),
  bot_id: botId.optional(),
  callback_token: callbackToken.nullish(),
  encoding_aes_key: encodingAesKey.nullish(),
  settings: appSettings.optional(),
})

const appView = z
  .object({
    name: z.string(),
    kind,
    corp_id: z.string().nullable().describe("Null for robots."),
    agent_id: z.int().nullable().describe("Null for robots."),
    same_agent: z
      .array(z.string())
      .describe(
        "Other apps of the key that are the same agent of the corp, or the same robot. They share the limits in the settings: changing the limit of one changes it for all.",
      ),
    has_callback: z.boolean(),
    settings: appSettings,
    created_at: time,
    updated_at: time,
    pause: pauseView
      .nullable()
      .describe(
        "A configuration error of the whole app. Until it is corrected, its messages are not sent and do not fail.",
      ),
  })
  .meta({ id: "App" })

/** The apps that send messages. Whether their secrets are right shows with the first message. */
export function appRoutes(app: App, deps: HttpDeps): void {
  const { stores, apps, audit, now } = deps

  app.route({
    method: "POST",
    url: "/v1/apps",
    config: { scopes: ["admin"] },
    schema: {
      operationId: "createApp",
      tags: ["administration"],
      summary: "Register an app",
      description:
        "Needs a key of all apps. If two requests use the same name, one is answered 409, even if they arrive at the same time. An agent may have several names: limits that are left out are then taken from the existing names, and different limits are answered 409 `other_limits`.",
      querystring: noQuery,
      body: newApp,
      response: { 201: appView, ...problems },
    },
    handler: async (request, reply) => {
      const key = keyOf(request)
      requireRights(request, key.apps === "all", deps)
      const { name, settings = {} } = request.body
      const registered = identityOf(request.body, deps.wecomUrl)
      await refuseForeignSettings(registered.kind, settings, { key, apps })
      const made = await stores.apps.create({ name, ...registered, settings: given(settings) }, now())
      if (made === undefined) throw new Problem("app_exists")
      if ("olderGateways" in made) throw new Problem("older_gateways")
      if ("differsFrom" in made) throw otherLimits(made)
      // The next request may already be a message of this app.
      apps.forget()
      await audit.write({
        key,
        peer: request.socket.remoteAddress,
        action: "app.created",
        target: name,
        apps: [name],
        detail: made.kind === "app" ? { corp_id: made.corpId, agent_id: made.agentId } : { kind: made.kind },
      })
      return reply
        .code(201)
        .header("location", `/v1/apps/${name}`)
        .header("etag", entityTag(made))
        .send(await viewOf(made, await stores.apps.list(), key, deps))
    },
  })

  app.route({
    method: "GET",
    url: "/v1/apps",
    config: { scopes: ["admin"] },
    schema: {
      operationId: "listApps",
      tags: ["administration"],
      summary: "The apps that the key holds, by name",
      querystring: noQuery,
      response: { 200: z.object({ items: z.array(appView) }), ...problems },
    },
    handler: async (request) => {
      const key = keyOf(request)
      const all = await stores.apps.list()
      const seen = all.filter(({ name }) => coversApps(key.apps, [name]))
      return { items: await Promise.all(seen.map((one) => viewOf(one, all, key, deps))) }
    },
  })

  app.route({
    method: "GET",
    url: "/v1/apps/:name",
    config: { scopes: ["admin"] },
    schema: {
      operationId: "getApp",
      tags: ["administration"],
      summary: "One app",
      description: "With an `ETag`, to be used as `If-Match` in a change.",
      params,
      querystring: noQuery,
      response: { 200: appView, ...problems },
    },
    handler: async (request, reply) => {
      const key = keyOf(request)
      const known = await heldApp(request.params.name, key, deps)
      reply.header("etag", entityTag(known))
      return viewOf(known, await stores.apps.list(), key, deps)
    },
  })

  app.route({
    method: "PATCH",
    url: "/v1/apps/:name",
    config: { scopes: ["admin"] },
    schema: {
      operationId: "changeApp",
      tags: ["administration"],
      summary: "Change the given fields and keep the others",
      description:
        "`settings` are replaced as a whole: a setting that is left out gets its default again. A changed secret or id ends a pause of the app. Changes that arrive at the same time are made one after another; with `If-Match`, a change that was not based on the last one is answered 412. Another corp or agent id makes it another app in WeCom, which needs a key of all apps. If other apps are that agent already, limits that are left out are taken from them, and different limits are answered 409 `other_limits`. A changed limit applies to all apps of the agent (`same_agent`), which needs a key that holds all of them.",
      params,
      querystring: noQuery,
      headers: changeHeaders,
      body: appChange,
      response: { 200: appView, ...problems },
    },
    handler: async (request, reply) => {
      const key = keyOf(request)
      const before = await heldApp(request.params.name, key, deps)
      const { name, corpId, agentId } = before
      refuseOtherKinds(before.kind, request.body)
      await refuseWithoutSecret(before, request.body, deps)
      await refuseForeignSettings(before.kind, request.body.settings, { key, apps })
      const robot = request.body.robot_key === undefined ? undefined : robotOf(request.body.robot_key, deps.wecomUrl)
      const { corp_id = robot?.corpId ?? corpId, agent_id = agentId, ...others } = request.body
      const isSameApp = corp_id === corpId && agent_id === agentId
      requireRights(request, key.apps === "all" || isSameApp, deps)
      const { settings } = request.body
      const isLimitChanged = settings !== undefined && differingLimits(before.settings, given(settings)).length > 0
      const sharing = isSameApp && isLimitChanged ? otherNames(before, await stores.apps.list()) : []
      requireRights(request, coversApps(key.apps, sharing), deps)
      // Ids that did not change are not set again: another request may be changing them.
      const change = {
        ...changeOf(key.apps === "all" ? request.body : others),
        ...robotChange(robot),
        ...(await botChange(before, request.body, deps)),
      }
      const changed = await stores.apps.change(name, change, now(), expectedBy(request.headers))
      if (changed === "unknown") throw await deps.apps.unknown(key, IN_PATH)
      if (changed === "stale") throw new Problem("changed_meanwhile")
      if ("differsFrom" in changed) throw otherLimits(changed)
      const { remoteAddress: peer } = request.socket
      const fields = Object.keys(request.body)
      await audit.write({ key, peer, action: "app.changed", target: name, apps: [name], detail: { fields } })
      for (const other of sharing) {
        const detail = { fields: ["settings"], because: "same_agent" }
        await audit.write({ key, peer, action: "app.changed", target: other, apps: [other], detail })
      }
      reply.header("etag", entityTag(changed))
      return viewOf(changed, await stores.apps.list(), key, deps)
    },
  })

  app.route({
    method: "DELETE",
    url: "/v1/apps/:name",
    config: { scopes: ["admin"] },
    schema: {
      operationId: "deleteApp",
      tags: ["administration"],
      summary: "Delete an app that has no unfinished messages",
      description: "Keys that name the app keep the name, and hold an app that is registered under this name later.",
      params,
      querystring: noQuery,
      headers: changeHeaders,
      response: { 204: z.null(), ...problems },
    },
    handler: async (request, reply) => {
      const key = keyOf(request)
      const { name } = await heldApp(request.params.name, key, deps)
      const removed = await stores.apps.remove(name, now(), expectedBy(request.headers))
      if (removed === "unknown") throw await deps.apps.unknown(key, IN_PATH)
      if (removed === "stale") throw new Problem("changed_meanwhile")
      if (removed === "has_unfinished") throw new Problem("app_in_use")
      apps.forget()
      await audit.write({
        key,
        peer: request.socket.remoteAddress,
        action: "app.deleted",
        target: name,
        apps: [name],
      })
      return reply.code(204).send(null)
    },
  })
}

type Identity = Required<Pick<NewApp, "kind" | "corpId" | "agentId" | "secrets">>

/** Settings that only smart robots have. */
const SETTINGS_OF_BOTS = ["welcome_text", "people"] as const

/** @throws {Problem} naming each setting that apps of this kind do not have */
async function refuseForeignSettings(
  of: string,
  settings: z.output<typeof appSettings> = {},
  asking: { readonly key: KeyRecord; readonly apps: HttpDeps["apps"] },
): Promise<void> {
  if (of === "bot") return refuseUnfitPeople(settings.people, asking)
  const errors = SETTINGS_OF_BOTS.filter((name) => settings[name] !== undefined).map((name) => ({
    path: `/settings/${name}`,
    code: "not_allowed",
    detail: {
      en: `Only smart robots, apps of kind bot, have ${name}; leave it out.`,
      zh: `只有智能机器人（类型为 bot 的应用）有 ${name}，请去掉。`,
    },
  }))
  if (errors.length > 0) throw refuse(errors)
}

/** @throws {Problem} for an app that the key does not hold, or that cannot look people up */
async function refuseUnfitPeople(
  people: string | null | undefined,
  { key, apps }: { readonly key: KeyRecord; readonly apps: HttpDeps["apps"] },
): Promise<void> {
  if (people === undefined || people === null) return
  const isHeld = coversApps(key.apps, [people]) && (await apps.names()).has(people)
  if (isHeld && (await apps.callKind(people))?.looksUp === true) return
  const detail = {
    en: `/settings/people must be an app of a corp that the key holds; ${people} is none.`,
    zh: `/settings/people 须为密钥可以使用的企业应用，${people} 不是。`,
  }
  throw refuse([{ path: "/settings/people", code: "unknown_app", detail }])
}

/** The fields that identify an app, by its kind. */
const FIELDS_OF_KIND = {
  app: { needed: ["corp_id", "agent_id", "secret"], allowed: ["callback_token", "encoding_aes_key"] },
  robot: { needed: ["robot_key"], allowed: [] },
  bot: { needed: ["bot_id", "secret"], allowed: [] },
} as const satisfies Readonly<
  Record<AppKind, { readonly needed: readonly string[]; readonly allowed: readonly string[] }>
>

/** @throws {Problem} naming each field that its kind needs, or does not have */
function identityOf(body: z.output<typeof newApp>, baseUrl: string): Identity {
  const {
    kind: named = "app",
    corp_id,
    agent_id,
    secret: appSecret,
    robot_key,
    bot_id,
    callback_token,
    encoding_aes_key,
  } = body
  const missing = FIELDS_OF_KIND[named].needed.filter((field) => Reflect.get(body, field) === undefined)
  const errors = [...missing.map((field) => missingOfKind(field, named)), ...foreignFields(named, body)]
  if (errors.length > 0) throw refuse(errors)
  if (robot_key !== undefined) {
    const { corpId: owner, secret: key } = robotOf(robot_key, baseUrl)
    return { kind: named, corpId: owner, agentId: 0, secrets: { secret: key } }
  }
  if (bot_id !== undefined) return { kind: named, ...partyOfBot({ botId: bot_id, secret: appSecret ?? "" }) }
  return {
    kind: named,
    corpId: corp_id ?? "",
    agentId: agent_id ?? 0,
    secrets: {
      secret: appSecret ?? "",
      ...(callback_token === undefined ? {} : { callbackToken: callback_token }),
      ...(encoding_aes_key === undefined ? {} : { encodingAesKey: encoding_aes_key }),
    },
  }
}

/** @throws {Problem} `invalid_value` if it is no key; the value itself is never repeated, because it may be a key */
function robotOf(given: string, baseUrl: string): { readonly corpId: string; readonly secret: string } {
  const read = readRobotKey(given, "robot_key", baseUrl)
  if ("fault" in read) throw refuse([errorOfFault(read.fault)])
  const { corpId, secrets } = partyOfRobot(read.key)
  return { corpId, ...secrets }
}

/** The change of a bot id and secret; either of them may be left out. */
async function botChange(
  { name, kind: of }: AppRecord,
  { bot_id, secret: given }: z.output<typeof appChange>,
  { stores }: HttpDeps,
): Promise<AppChange> {
  if (of !== "bot" || (bot_id === undefined && given === undefined)) return {}
  const before = unpackBot((await stores.apps.secrets(name))?.secret ?? "")
  const { corpId: owner, secrets } = partyOfBot({
    botId: bot_id ?? before?.botId ?? "",
    secret: given ?? before?.secret ?? "",
  })
  return { corpId: owner, secret: secrets.secret }
}

function robotChange(robot: ReturnType<typeof robotOf> | undefined): AppChange {
  return robot ?? {}
}

/** @throws {Problem} */
function refuseOtherKinds(of: string, body: z.output<typeof appChange>): void {
  const named = APP_KINDS.find((one) => one === of)
  const errors = named === undefined ? [] : foreignFields(named, body)
  if (errors.length > 0) throw refuse(errors)
}

/**
 * Values stored with the secret can only be changed together with it.
 * @throws {Problem} if the stored secret is damaged, and not all of it is given again
 */
async function refuseWithoutSecret(
  { name, kind: of }: AppRecord,
  body: z.output<typeof appChange>,
  { stores }: HttpDeps,
): Promise<void> {
  const named = APP_KINDS.find((one) => one === of)
  if (named === undefined || Object.keys(body).every((field) => field === "settings")) return
  const missing = STORED_WITH_SECRET[named].filter((field) => body[field] === undefined)
  if (missing.length === 0 || (await stores.apps.secrets(name)) !== undefined) return
  throw refuse(
    missing.map((field) => ({
      path: `/${field}`,
      code: "required",
      detail: {
        en: `What is stored of the app's secret is damaged; give /${field} with this change.`,
        zh: `该应用已存储的 Secret 已损坏；修改时请一并提供 /${field}。`,
      },
    })),
  )
}

const STORED_WITH_SECRET = {
  app: ["secret"],
  robot: ["robot_key"],
  bot: ["bot_id", "secret"],
} as const satisfies Readonly<Record<AppKind, readonly (keyof z.output<typeof appChange>)[]>>

function foreignFields(of: AppKind, body: object): ProblemError[] {
  const { needed, allowed } = FIELDS_OF_KIND[of]
  const own: ReadonlySet<string> = new Set([...needed, ...allowed])
  const others = Object.values(FIELDS_OF_KIND).flatMap((fields) => [...fields.needed, ...fields.allowed])
  return others
    .filter((field) => !own.has(field) && Reflect.get(body, field) !== undefined)
    .map((field) => ({
      path: `/${field}`,
      code: "not_allowed",
      detail: {
        en: `An app of kind ${of} has no ${field}; leave it out.`,
        zh: `类型为 ${of} 的应用没有 ${field}，请去掉该字段。`,
      },
    }))
}

function missingOfKind(field: string, of: AppKind): ProblemError {
  return {
    path: `/${field}`,
    code: "required",
    detail: {
      en: `/${field} is missing; an app of kind ${of} needs it.`,
      zh: `缺少 /${field}：类型为 ${of} 的应用需要它。`,
    },
  }
}

/** An app that the key does not hold does not exist for the key. @throws {Problem} `not_found` */
async function heldApp(name: string, key: KeyRecord, { stores, apps }: HttpDeps): Promise<AppRecord> {
  const app = coversApps(key.apps, [name]) ? await stores.apps.get(name) : undefined
  if (app === undefined) throw await apps.unknown(key, IN_PATH)
  return app
}

/** Other names of the same agent. */
function otherNames(app: AppRecord, all: readonly AppRecord[]): string[] {
  return all.filter((one) => one.name !== app.name && isSameParty(one, app)).map(({ name }) => name)
}

function otherLimits({ differsFrom, limits }: LimitsDiffer): Problem {
  const errors = limits.map(({ setting, value }) => {
    const limit = value === undefined ? usualLimit(setting) : value
    const [en, zh] = limit === null ? ["none", "不限"] : [String(limit), String(limit)]
    const there = value === undefined ? { en: `${en}, the default`, zh: `${zh}（默认值）` } : { en, zh }
    const detail = {
      en: `The app ${differsFrom} is the same agent, and has another ${setting}: ${there.en}.`,
      zh: `应用 ${differsFrom} 是同一个 agent，其 ${setting} 为${there.zh}。`,
    }
    return { path: `/settings/${setting}`, code: "other_limits", detail }
  })
  return new Problem("other_limits", { errors })
}

/** @param all apps, whether or not the key holds them */
async function viewOf(
  app: AppRecord,
  all: readonly AppRecord[],
  key: KeyRecord,
  { stores, dispatcher }: HttpDeps,
): Promise<z.output<typeof appView>> {
  const secrets = await stores.apps.secrets(app.name)
  return {
    name: app.name,
    kind: APP_KINDS.find((one) => one === app.kind) ?? "app",
    corp_id: app.kind === "app" ? app.corpId : null,
    agent_id: app.kind === "app" ? app.agentId : null,
    same_agent: otherNames(app, all).filter((name) => coversApps(key.apps, [name])),
    has_callback: secrets?.callbackToken !== undefined && secrets.encodingAesKey !== undefined,
    settings: { ...app.settings },
    created_at: formatRfc3339(app.createdAt),
    updated_at: formatRfc3339(app.updatedAt),
    pause: viewOfPause(dispatcher.pauseOf(app)),
  }
}

function given(settings: z.output<typeof appSettings>): Settings {
  const entries = Object.entries(settings)
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}

/** Uses the store's names; values that are not given are left out. */
function changeOf(change: z.output<typeof appChange>): AppChange {
  const { corp_id, agent_id, secret, callback_token, encoding_aes_key, settings } = change
  return {
    ...(corp_id === undefined ? {} : { corpId: corp_id }),
    ...(agent_id === undefined ? {} : { agentId: agent_id }),
    ...(secret === undefined ? {} : { secret }),
    ...(callback_token === undefined ? {} : { callbackToken: callback_token }),
    ...(encoding_aes_key === undefined ? {} : { encodingAesKey: encoding_aes_key }),
    ...(settings === undefined ? {} : { settings: given(settings) }),
  }
}
