import type { Bilingual } from "../bilingual.ts"

export interface ReadyMade {
  readonly name: Bilingual
  /** The effect on the program that sends. */
  readonly effect: Bilingual
  readonly fault: object
}

/** The most frequent and the most harmful faults. */
export const READY_MADE: readonly ReadyMade[] = [
  {
    name: { en: "60020 once", zh: "60020 一次" },
    effect: { en: "The caller's address is not trusted", zh: "调用方 IP 不在可信列表" },
    fault: { path: "message/send", kind: "errcode", errcode: 60020 },
  },
  {
    name: { en: "Answer lost after acting", zh: "已投递但应答丢失" },
    effect: { en: "The message arrives, the caller never learns", zh: "消息已送达，调用方收不到结果" },
    fault: { path: "message/send", kind: "reset_after" },
  },
  {
    name: { en: "45009 for the next 5", zh: "接下来 5 次 45009" },
    effect: { en: "Called too often", zh: "接口调用超过频率限制" },
    fault: { path: "message/send", kind: "errcode", errcode: 45009, times: 5 },
  },
  {
    name: { en: "Busy twice (-1)", zh: "系统繁忙两次（-1）" },
    effect: { en: "To be tried again", zh: "稍后重试即可" },
    fault: { path: "message/send", kind: "errcode", errcode: -1, times: 2 },
  },
  {
    name: { en: "Token dead once", zh: "令牌失效一次" },
    effect: { en: "42001 though it should still live", zh: "未到期就返回 42001" },
    fault: { path: "message/send", kind: "errcode", errcode: 42001 },
  },
  {
    name: { en: "Proxy answers 502", zh: "代理返回 502" },
    effect: { en: "HTML instead of JSON, for the next 3", zh: "接下来 3 次返回 HTML 而非 JSON" },
    fault: { path: "*", kind: "html", status: 502, times: 3, body: "<h1>502 Bad Gateway</h1>" },
  },
  {
    name: { en: "Slow by 10 s", zh: "慢 10 秒" },
    effect: { en: "The true answer, late", zh: "应答正确，但迟到" },
    fault: { path: "message/send", kind: "slow", delay_ms: 10_000 },
  },
]
