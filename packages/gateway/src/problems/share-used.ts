import type { Bilingual } from "@wecom-push/protocol"
import type { Exhausted } from "../model/shares.ts"
import { Problem } from "./problem.ts"

/** Stocks of which keys and apps have shares. */
export type SharedStock = keyof typeof STOCKS

interface StockWords {
  /** The unit after a number. */
  readonly unit: Bilingual
  readonly setting: string
}

const STOCKS = {
  messages: {
    unit: { en: "unfinished messages, scheduled ones included", zh: "条未完成的消息（含定时消息）" },
    setting: "WECOM_PUSH_BACKLOG_SHARE_PERCENT",
  },
  streams: {
    unit: { en: "event streams open", zh: "个打开的事件流" },
    setting: "WECOM_PUSH_STREAMS_SHARE_PERCENT",
  },
  files: {
    unit: {
      en: "bytes of stored files (DELETE /v1/media/{id} removes one)",
      zh: "字节的已存文件（可用 DELETE /v1/media/{id} 删除）",
    },
    setting: "WECOM_PUSH_FILES_SHARE_PERCENT",
  },
  lookup_misses: {
    unit: {
      en: "numbers of today that no member has, or that are being asked for",
      zh: "个今日查不到或正在查询的号码",
    },
    setting: "WECOM_PUSH_LOOKUP_MISSES_SHARE_PERCENT",
  },
} as const satisfies Readonly<Record<string, StockWords>>

/** Names the share, and the setting that makes it larger. */
export function shareUsed(
  stock: SharedStock,
  { of, name, taken, limit }: Exclude<Exhausted, { of: "all" }>,
  retryAfterSeconds: number,
): Problem {
  const { unit, setting } = STOCKS[stock]
  const [who, kind] = of === "key" ? [`The key ${name}`, "密钥"] : [`The app ${name}`, "应用"]
  const detail = {
    en: `${who} has ${taken} ${unit.en}; while more than half of what there is for all is taken, one ${of} may have ${limit} (${setting}).`,
    zh: `${kind} ${name} 已有 ${taken} ${unit.zh}；共用总量用去一半以上时，每个${kind}最多 ${limit}（${setting}）。`,
  }
  return new Problem("share_used", { retryAfterSeconds, detail })
}
