import { normalizeMobile, whyNoMobile } from "@wecom-push/sdk/internals"
import { z } from "zod"
import { heldApp } from "../../../accept/app-directory.ts"
import { refuse } from "../../../accept/issues.ts"
import { MESSAGE_FIELDS } from "../../../accept/message-fields.ts"
import { Problem } from "../../../problems/problem.ts"
import { wecomFailed } from "../../../problems/wecom-failed.ts"
import { shareUsed } from "../../../problems/share-used.ts"
import type { LookupReply } from "../../../model/ports/dispatcher.ts"
import { keyOf, requireValid } from "../../kit/authenticate.ts"
import type { HttpDeps } from "../../kit/deps.ts"
import { noQuery } from "../schemas.ts"
import { problems } from "../../kit/problem-document.ts"
import type { App } from "../../kit/app.ts"

const question = z
  .strictObject({
    app: z.string().max(64).optional().describe("Optional if the key holds exactly one app."),
    mobile: z.string().max(64).optional(),
    email: z.string().max(128).optional(),
    mobile_check: MESSAGE_FIELDS.mobile_check,
    fresh: z.boolean().optional().describe("Asks WeCom, even if the result is remembered."),
  })
  .refine(({ mobile, email }) => (mobile === undefined) !== (email === undefined), {
    params: {
      rule: "required",
      detail: { en: "Give either /mobile or /email.", zh: "请填写 /mobile 或 /email 其中之一。" },
    },
  })

/** Finds the member who has a number or address. */
export function lookupRoutes(app: App, deps: HttpDeps): void {
  app.route({
    method: "POST",
    url: "/v1/lookup",
    config: { scopes: ["send", "read"] },
    schema: {
      operationId: "lookUp",
      tags: ["people"],
      summary: "The userid behind a mobile number or email address",
      querystring: noQuery,
      body: question,
      response: { 200: z.object({ userid: z.string() }), ...problems },
    },
    handler: async (request) => {
      const { app: name, mobile, email, fresh = false, mobile_check } = request.body
      const asked =
        mobile === undefined
          ? ({ type: "email", address: email ?? "" } as const)
          : ({ type: "mobile", address: mobile } as const)
      const key = keyOf(request)
      const appName = heldApp(key, name, await deps.apps.names())
      if (!(await deps.apps.looksUp(appName))) throw refuse([NO_LOOKUPS])
      if (mobile !== undefined && (await normalizeMobile(mobile)) === undefined) {
        const check = mobile_check ?? (await deps.apps.mobileCheck(appName))
        if (check === "strict") throw noMobile(whyNoMobile(mobile))
      }
      const reply = await deps.dispatcher.lookUp({ app: appName, ...asked, fresh, keyId: key.id })
      await requireValid(key, deps)
      if (reply.kind === "found") return { userid: reply.userid }
      throw lookupProblem(reply, asked.type, deps.now())
    },
  })
}

const NO_LOOKUPS = {
  path: "/app",
  code: "not_supported",
  detail: {
    en: "The app cannot look anybody up; name an app of a corp.",
    zh: "该应用不能查询成员，请指定企业的应用。",
  },
}

export function lookupProblem(
  reply: Exclude<LookupReply, { kind: "found" }>,
  type: "mobile" | "email",
  now: number,
): Problem {
  const retryAfter = (retryAt: number): number => Math.max(1, Math.ceil((retryAt - now) / 1000))
  switch (reply.kind) {
    case "not_found":
      return new Problem("not_found", {
        detail: {
          en: "No member has this number or address, or the app may not see them; WeCom does not tell which.",
          zh: "没有成员使用此手机号或邮箱，或者该成员不在应用可见范围内（企业微信不区分这两种情况）。",
        },
      })
    case "invalid":
      return type === "mobile"
        ? noMobile("malformed_mobile")
        : refuse([{ path: "/email", code: "bad_format", detail: NO_EMAIL }])
    case "budget_spent":
      if (reply.share !== undefined) return shareUsed("lookup_misses", reply.share, retryAfter(reply.retryAt))
      return new Problem("lookup_budget_spent", { retryAfterSeconds: retryAfter(reply.retryAt) })
    case "paused":
      return new Problem("lookups_paused", { retryAfterSeconds: retryAfter(reply.retryAt) })
    case "failed":
    default: {
      return wecomFailed(reply)
    }
  }
}

function noMobile(why: ReturnType<typeof whyNoMobile>): Problem {
  return refuse([{ path: "/mobile", code: "bad_format", detail: NO_MOBILE[why] }])
}

const NO_MOBILE = {
  malformed_mobile: {
    en: "/mobile is no mobile number; write 11 digits, or + and the country code.",
    zh: "/mobile 不是手机号，请填 11 位号码，境外号码请加 + 和国家或地区代码。",
  },
  impossible_mobile: {
    en: '/mobile is no mobile number by the numbering rules; write 11 digits, or + and the country code. With "mobile_check": "length", here or in the settings of the app, WeCom is asked all the same.',
    zh: '按号码规则 /mobile 不是手机号，请填 11 位号码，境外号码请加 + 和国家或地区代码。请求或应用设置中写 "mobile_check": "length"，就由企业微信来判断。',
  },
} as const

const NO_EMAIL = {
  en: "/email is no email address, or longer than 64 bytes.",
  zh: "/email 不是邮箱地址，或超过 64 字节。",
}
