import { chatKind } from "@wecom-push/protocol/delivery"
import type { CallKind } from "@wecom-push/protocol/delivery"
import type { ProblemError } from "../problems/problem.ts"
import { hasOwnRules } from "./content-rules.ts"
import type { PreparedMessage } from "./prepare.ts"

type Asked = Pick<
  PreparedMessage,
  "callKind" | "msgtype" | "namesGroups" | "namesEverybody" | "namesAddresses" | "namesChats"
>

/**
 * Why the app's channel does not carry a message, or not to such recipients.
 * @param looksUp whether mobiles and emails are looked up for the app
 */
export function faultsOfKind(asked: Asked, kind: CallKind, looksUp: boolean): readonly ProblemError[] {
  const { name, api, types, most } = kind
  const { msgtype, namesGroups, namesEverybody, namesAddresses, namesChats } = asked
  const errors: ProblemError[] = []
  // The kind whose rules it was checked by; a kind that only tests use has no rules of its own.
  if (hasOwnRules(name) !== hasOwnRules(asked.callKind) || (hasOwnRules(name) && name !== asked.callKind))
    errors.push(OTHER_APP)
  if (!Object.hasOwn(types, msgtype)) {
    const allowed = Object.keys(types)
    errors.push({
      path: "/msgtype",
      code: "not_supported",
      detail: {
        en: `The app sends by ${api}, which takes no ${msgtype}; it takes ${allowed.join(", ")}.`,
        zh: `该应用通过 ${api} 发送，不支持 ${msgtype}；支持的类型：${allowed.join("、")}。`,
      },
    })
  }
  if (namesGroups && most.department === 0 && most.tag === 0)
    errors.push(notNamed(api, { en: "departments or tags", zh: "部门和标签" }))
  if (namesEverybody && most.all === 0) errors.push(notNamed(api, { en: "everybody", zh: "全体成员" }))
  if (namesChats && chatKind(kind) === undefined) errors.push(notNamed(api, { en: "group chats", zh: "群聊" }))
  if (namesAddresses && !looksUp) {
    errors.push(
      most.user > 0
        ? NO_PEOPLE
        : notNamed(api, { en: "mobiles or emails, which nothing looks up for it", zh: "手机号和邮箱（无法查询）" }),
    )
  }
  return errors
}

/** The app was registered again while the request was read. */
const OTHER_APP: ProblemError = {
  path: "/app",
  code: "not_supported",
  detail: {
    en: "The app was registered as one of another kind a moment ago; send the request again.",
    zh: "该应用刚刚以另一种类型重新登记，请重新发送请求。",
  },
}

/** For a smart robot. */
const NO_PEOPLE: ProblemError = {
  path: "/to",
  code: "not_supported",
  detail: {
    en: 'Nothing looks mobiles and emails up for this app: name userids, or name an app of the corp in its setting people, as in PATCH /v1/apps/{name} with {"settings": {"people": "alerts"}}.',
    zh: '没有应用为它查询手机号和邮箱：请改用 userid，或在它的设置 people 中填写一个企业应用，例如 PATCH /v1/apps/{name}，内容为 {"settings": {"people": "alerts"}}。',
  },
}

function notNamed(api: string, what: { readonly en: string; readonly zh: string }): ProblemError {
  return {
    path: "/to",
    code: "not_supported",
    detail: {
      en: `The app sends by ${api}, which cannot name ${what.en}.`,
      zh: `该应用通过 ${api} 发送，不能指定${what.zh}。`,
    },
  }
}
