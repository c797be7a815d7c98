import type { CallKind } from "@wecom-push/protocol/delivery"
import type { ProblemError } from "../problems/problem.ts"
import { refuse } from "./issues.ts"
import type { PreparedMessage } from "./prepare.ts"

type Asked = Pick<PreparedMessage, "msgtype" | "namesGroups" | "namesEverybody">

/** @throws {Problem} `invalid_value` for a message that the app's way out does not carry, or not to such recipients */
export function checkKind({ msgtype, namesGroups, namesEverybody }: Asked, { api, types, most }: CallKind): void {
  const errors: ProblemError[] = []
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
  if (errors.length > 0) throw refuse(errors)
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
