import { StockCheck } from "./stock-check.ts"
import type { Stock } from "../model/shares.ts"
import type { MediaStore } from "../model/ports/media.ts"
import { Problem } from "../problems/problem.ts"
import { shareUsed } from "../problems/share-used.ts"

/**
 * For new files. It throws `files_full` and `share_used`.
 * @param stock in bytes, as `countedBytes` counts them
 */
export function filesCheck(media: Pick<MediaStore, "holdings">, stock: Stock): StockCheck {
  return new StockCheck({
    stock,
    async holdings() {
      return (await media.holdings()).map(({ keyId, app, bytes }) => ({ keyId, app, amount: bytes }))
    },
    refusal: (found) =>
      found.of === "all"
        ? new Problem("files_full", { retryAfterSeconds: RETRY_AFTER_SECONDS })
        : shareUsed("files", found, RETRY_AFTER_SECONDS),
  })
}

/** Files expire within days, unless a client deletes some. */
const RETRY_AFTER_SECONDS = 600
