import { Problem } from "./problem.ts"

/** @param failure its `errcode` is 0 where the fault was found before WeCom was asked, as with a damaged secret */
export function wecomFailed({
  errcode,
  errmsg = "",
}: {
  readonly errcode?: number
  readonly errmsg?: string
}): Problem {
  return new Problem("wecom_failed", {
    retryAfterSeconds: 5,
    ...(errcode !== undefined && { detail: said(errcode, errmsg) }),
  })
}

function said(errcode: number, errmsg: string): { readonly en: string; readonly zh: string } {
  if (errcode === 0) return { en: errmsg, zh: errmsg }
  const answer = `${errcode} ${errmsg}`.trim()
  return { en: `WeCom said: ${answer}`, zh: `企业微信返回：${answer}` }
}
