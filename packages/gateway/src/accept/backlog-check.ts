import type { MessageReader } from "../model/ports/reader.ts"
import type { Stock } from "../model/shares.ts"
import { Problem } from "../problems/problem.ts"
import { shareUsed } from "../problems/share-used.ts"
import { StockCheck } from "./stock-check.ts"

/**
 * For new messages. It throws `backlog_full` and `share_used`.
 * @param stock in messages
 */
export function backlogCheck(reader: Pick<MessageReader, "unfinished">, stock: Stock): StockCheck {
  return new StockCheck({
    stock,
    async holdings() {
      return (await reader.unfinished()).map(({ keyId, app, count }) => ({ keyId, app, amount: count }))
    },
    refusal: (found) =>
      found.of === "all"
        ? new Problem("backlog_full", { retryAfterSeconds: RETRY_AFTER_SECONDS })
        : shareUsed("messages", found, RETRY_AFTER_SECONDS),
  })
}

const RETRY_AFTER_SECONDS = 30
